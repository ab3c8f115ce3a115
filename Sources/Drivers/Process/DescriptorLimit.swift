#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

package enum DescriptorLimit {
  /// Files, listeners and links besides clients.
  private static let reserved = 64

  /// Raises the soft limit on open files so far that `clients` fit in. Returns how many do.
  @discardableResult
  package static func raise(for clients: Int) -> Int {
    var limit = rlimit()
    #if canImport(Glibc)
      let resource = RLIMIT_NOFILE
      guard getrlimit(__rlimit_resource_t(resource.rawValue), &limit) == 0 else { return clients }
    #else
      let resource = RLIMIT_NOFILE
      guard getrlimit(resource, &limit) == 0 else { return clients }
    #endif
    let wanted = rlim_t(clamping: clients + reserved)
    if limit.rlim_cur < wanted {
      limit.rlim_cur = min(wanted, limit.rlim_max)
      #if canImport(Glibc)
        _ = setrlimit(__rlimit_resource_t(resource.rawValue), &limit)
      #else
        _ = setrlimit(resource, &limit)
      #endif
    }
    return max(1, min(clients, Int(clamping: limit.rlim_cur) - reserved))
  }
}
