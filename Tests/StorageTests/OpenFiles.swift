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

  static func limit(to count: Int) throws {
    var limit = rlimit()
    guard getrlimit(kind, &limit) == 0 else { throw Errno(rawValue: errno) }
    limit.rlim_cur = rlim_t(count)
    guard setrlimit(kind, &limit) == 0 else { throw Errno(rawValue: errno) }
  }
}
