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
/// and describes it by its headers alone. Only when time ends, or that fails too, it refuses.
enum Emergency {
  enum Plan {
    case refuse
    /// Starts this program again, told that the message at that offset is beyond it.
    case resume(at: Int64)
  }

  /// Arms the handlers.
  ///
  /// - Parameters:
  ///   - seconds: When to give up, by the clock.
  ///   - isNewRun: False after a restart, through which the clock has gone on.
  static func arm(seconds: Int, isNewRun: Bool = true) {
    prepareStack()
    for fault in [SIGABRT, SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE] {
      install(onFault, for: fault)
    }
    for timeout in [SIGALRM, SIGXCPU] { install(onTimeout, for: timeout) }
    if isNewRun { alarm(UInt32(seconds)) }
    let words = [
      "casevault-intake", "mail", Invocation.secondsOption, String(seconds),
      Invocation.resumeOption,
    ]
    let arguments = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(
      capacity: words.count + 2)
    arguments.initialize(repeating: nil, count: words.count + 2)
    for (index, word) in words.enumerated() { arguments[index] = strdup(word) }
    restartArguments = arguments
    restartOffset = words.count
  }

  /// Says what to do if the next piece of work breaks.
  static func prepare(_ plan: Plan) {
    guard let restartArguments else { return }
    let last = restartArguments + restartOffset
    free(last.pointee)
    last.pointee = nil
    if case .resume(let offset) = plan { last.pointee = strdup(String(offset)) }
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

/// The words to start this program with; the last, an offset or `nil`, is at `restartOffset`.
nonisolated(unsafe) private var restartArguments:
  UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
nonisolated(unsafe) private var restartOffset = 0

// Only calls that are safe in a signal handler below.

private let onFault: @convention(c) (Int32) -> Void = { _ in
  if let restartArguments, restartArguments[restartOffset] != nil {
    restartThisProgram(restartArguments)
  }
  refuseAtOnce("{\"refused\":\"the document exhausts what may be spent on it\"}\n")
}

private let onTimeout: @convention(c) (Int32) -> Void = { _ in
  refuseAtOnce("{\"refused\":\"the document could not be read in the time allowed\"}\n")
}

private func refuseAtOnce(_ line: StaticString) {
  _ = write(STDOUT_FILENO, line.utf8Start, line.utf8CodeUnitCount)
  _exit(Refusal.Code.unreadable.rawValue)
}
