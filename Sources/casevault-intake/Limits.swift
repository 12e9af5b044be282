import CPlatform

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The address space of this process and of each decoder, in bytes.
let memoryLimit: UInt64 = 2 << 30

/// Binds this process, for good, to what reading one document may cost.
///
/// - Parameter seconds: The time on the processor.
func limitThisProcess(seconds: Int) {
  _ = cp_harden_process()
  limitResources(seconds: UInt64(seconds))
}

/// The moment at which a run must have ended.
struct Deadline: Sendable {
  let seconds: Int
  private let end: ContinuousClock.Instant

  init(seconds: Int) {
    self.seconds = seconds
    end = .now + .seconds(seconds)
  }

  /// What is left, never negative.
  var remaining: Duration { max(.zero, end - .now) }
}

/// Whether standard output is a file, which no file size limit may then forbid.
func writesToFile() -> Bool {
  var facts = stat()
  return fstat(STDOUT_FILENO, &facts) == 0 && facts.st_mode & S_IFMT == S_IFREG
}
