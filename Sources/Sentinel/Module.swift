// Sources/Sentinel
