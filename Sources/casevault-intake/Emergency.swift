internal import Synchronization

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// What happens when a document exhausts memory, stack or time.
///
/// GLib aborts when memory ends and a deep enough message overflows the stack; neither can be
/// caught as an error. A message that does so must still not be refused, nor cost the rest of its
/// mbox: the program starts itself anew at that message (everything before it has been answered)
/// and describes it by its headers alone, and if these are what breaks it, by its bytes. It refuses
/// only when time ends.
enum Emergency {
  /// Arms the handlers.
  ///
  /// - Parameters:
  ///   - seconds: When to give up, by the clock.
  ///   - isNewRun: False after a restart, through which the clock has gone on.
  static func arm(seconds: Int, isNewRun: Bool = true) {
    prepareStack()
    // Made now: a handler makes nothing.
    _ = isRefused.load(ordering: .relaxed)
    for fault in [SIGABRT, SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE] {
      install(onFault, for: fault)
    }
    for timeout in [SIGALRM, SIGXCPU] { install(onTimeout, for: timeout) }
    unblockSignals()
    if isNewRun { alarm(UInt32(seconds)) }
    let words = [
      "casevault-intake", "mail", Invocation.secondsOption, String(seconds),
    ]
    let arguments = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(
      capacity: words.count + 3)
    arguments.initialize(repeating: nil, count: words.count + 3)
    for (index, word) in words.enumerated() { arguments[index] = strdup(word) }
    restartArguments = arguments
    restartOffset = words.count
  }

  /// Says what to do if reading the message at `offset` that far breaks this program.
  static func prepare(after depth: Depth, at offset: Int64) {
    guard let restartArguments else { return }
    let option = restartArguments + restartOffset
    free(option[0])
    free(option[1])
    option[0] = nextOption(after: depth).flatMap { strdup($0) }
    option[1] = strdup(String(offset))
  }

  private static func nextOption(after depth: Depth) -> String? {
    switch depth {
    case .all: "--headers-only"
    case .headersOnly: "--bytes-only"
    case .bytesOnly: nil
    }
  }

  /// Whoever started this program may have done so on a thread that hears no signals.
  private static func unblockSignals() {
    var all = sigset_t()
    sigfillset(&all)
    pthread_sigmask(SIG_UNBLOCK, &all, nil)
  }

  /// A handler for an exhausted stack needs a stack of its own.
  private static func prepareStack() {
    let size = 1 << 16
    var stack = stack_t()
    stack.ss_sp = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
    stack.ss_size = numericCast(size)
    sigaltstack(&stack, nil)
  }
}

/// The words to start this program with. At `restartOffset` are the option that says how far to read
/// the message, or `nil`, and where the message is.
nonisolated(unsafe) private var restartArguments:
  UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
nonisolated(unsafe) private var restartOffset = 0

// Only calls that are safe in a signal handler below.

private let onFault: @convention(c) (Int32) -> Void = { _ in
  if let restartArguments, restartArguments[restartOffset] != nil {
    restartThisProgram(restartArguments)
  }
  refuseAtOnce("{\"refused\":\"the document exhausts what may be spent on it\"}\n")
  // Another thread refuses; to return would be to fault again.
  while true { pause() }
}

private let onTimeout: @convention(c) (Int32) -> Void = { _ in
  refuseAtOnce("{\"refused\":\"the document could not be read in the time allowed\"}\n")
}

/// Whether the answer is given: time by the clock and time of the processor may end at one moment.
private let isRefused = Atomic(false)

private func refuseAtOnce(_ line: StaticString) {
  if isRefused.exchange(true, ordering: .sequentiallyConsistent) { return }
  _ = write(STDOUT_FILENO, line.utf8Start, line.utf8CodeUnitCount)
  _exit(Refusal.Code.unreadable.rawValue)
}
