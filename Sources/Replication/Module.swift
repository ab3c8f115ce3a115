// Sources/Replication
