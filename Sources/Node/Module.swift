// Sources/Node
