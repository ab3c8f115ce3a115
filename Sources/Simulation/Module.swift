// Sources/Simulation
