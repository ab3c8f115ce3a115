// Sources/TernTesting
