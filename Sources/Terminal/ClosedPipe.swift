#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The error of writing to a pipe that nobody reads.
let brokenPipe = EPIPE

/// Makes a write to a closed pipe fail with `EPIPE` instead of ending the process.
///
/// A handler that does nothing, and not `SIG_IGN`: children inherit what is
/// ignored, and a `grep` that ignores the signal misbehaves. A handler is reset
/// by exec.
func ignoreClosedPipes() {
  let previous = signal(SIGPIPE) { _ in }
  // Whoever started us with the signal ignored wants it so for the children too.
  if ignoresSignal(previous) { signal(SIGPIPE, SIG_IGN) }
}

private func ignoresSignal(_ handler: (@convention(c) (Int32) -> Void)?) -> Bool {
  unsafeBitCast(handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
}

extension Descriptor {
  /// What the file system has kept to itself until now, learnt by closing a duplicate.
  func failureOnClosing() -> TerminalError? {
    let duplicate = dup(rawValue)
    // A closed standard output is fine as long as nothing was written to it.
    guard duplicate >= 0, close(duplicate) != 0, errno != EINTR else { return nil }
    return .system(errno)
  }
}
