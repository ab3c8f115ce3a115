// Sources/Drivers
