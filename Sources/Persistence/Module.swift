// Sources/Persistence
