// Sources/Tern
