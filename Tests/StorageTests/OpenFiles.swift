import SystemPackage

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// The soft limit of open files of this process.
enum OpenFiles {
  #if os(Linux) && canImport(Glibc)
    private static let kind = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
  #else
    private static let kind = RLIMIT_NOFILE
  #endif

  /// Sets it and returns what it was.
  static func limit(to count: Int) throws -> rlim_t {
    var limit = rlimit()
    guard getrlimit(kind, &limit) == 0 else { throw Errno(rawValue: errno) }
    let before = limit.rlim_cur
    limit.rlim_cur = rlim_t(count)
    guard setrlimit(kind, &limit) == 0 else { throw Errno(rawValue: errno) }
    return before
  }

  static func restore(_ count: rlim_t) {
    var limit = rlimit()
    guard getrlimit(kind, &limit) == 0 else { return }
    limit.rlim_cur = count
    _ = setrlimit(kind, &limit)
  }
}
