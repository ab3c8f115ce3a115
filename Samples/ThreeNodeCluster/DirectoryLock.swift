import Foundation

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// One run at a time in one folder. The kernel gives the lock up when the process ends, however it ends.
struct DirectoryLock {
  private let descriptor: Int32

  init(_ directory: String) throws {
    do {
      try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    } catch {
      throw ClusterFailure("cannot make the folder '\(directory)': \(error.localizedDescription)")
    }
    let path = directory + "/.lock"
    // Not inherited: the servers must not hold it.
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw ClusterFailure("cannot open '\(path)': \(String(cString: strerror(errno)))") }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      close(descriptor)
      throw ClusterFailure("another ThreeNodeCluster runs in '\(directory)'; end it, or choose another folder with --directory")
    }
  }

  func release() { close(descriptor) }
}
