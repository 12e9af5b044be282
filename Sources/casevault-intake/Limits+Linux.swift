#if os(Linux)
  import Glibc

  func limitResources(seconds: UInt64) {
    limit(RLIMIT_CORE, soft: 0, hard: 0)
    limit(RLIMIT_AS, soft: memoryLimit, hard: memoryLimit)
    // The hard limit kills; the soft one leaves time to say why.
    limit(RLIMIT_CPU, soft: seconds, hard: seconds + 10)
    if !writesToFile() { limit(RLIMIT_FSIZE, soft: 0, hard: 0) }
  }

  /// Lowers a limit; a lower one that is already in force stays.
  private func limit(_ resource: __rlimit_resource, soft: UInt64, hard: UInt64) {
    var now = rlimit()
    let resource = __rlimit_resource_t(resource.rawValue)
    guard getrlimit(resource, &now) == 0 else { return }
    var lowered = rlimit(
      rlim_cur: min(now.rlim_cur, rlim_t(soft)), rlim_max: min(now.rlim_max, rlim_t(hard)))
    setrlimit(resource, &lowered)
  }
#endif
