@testable import TernPersistence

/// A disk in memory that fails when it is told to.
typealias TestDisk = FaultyFileSystem<MemoryFileSystem>
