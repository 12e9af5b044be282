#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A terminal that shows a prompt and not what is typed, until it ends.
///
/// A signal that ends or stops the process must find the terminal as it was, or
/// the person is left with a shell that shows nothing. The handlers restore it,
/// let the signal do what it did before, and, when the process goes on after
/// that (`fg` after Ctrl-Z), silence it and prompt again. Everything that they
/// call is safe inside a signal handler, and all of it runs on the thread that
/// prompts: another thread that is given the signal passes it on, so nothing
/// here needs a lock.
struct SilentTerminal {
  private static let signals = [SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP]

  /// - Throws: `.system` when the terminal cannot be silenced; nothing is asked then.
  init(_ terminal: Descriptor, prompt: String) throws(TerminalError) {
    var modes = termios()
    guard tcgetattr(terminal.rawValue, &modes) == 0 else { throw .system(errno) }
    var silent = modes
    silent.c_lflag &= ~tcflag_t(ECHO | ECHONL)
    // Backspace and the end of the line are the terminal's business.
    silent.c_lflag |= tcflag_t(ICANON | ISIG)

    let shown = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: prompt.utf8.count)
    _ = shown.initialize(from: prompt.utf8)
    let previous = UnsafeMutablePointer<sigaction>.allocate(capacity: Self.signals.count)
    previous.initialize(repeating: sigaction(), count: Self.signals.count)
    let state = UnsafeMutablePointer<State>.allocate(capacity: 1)
    state.initialize(
      to: State(
        descriptor: terminal.rawValue, modes: modes, silent: silent,
        prompt: UnsafeBufferPointer(shown), previous: previous, thread: pthread_self()))
    current = state

    // The threads of Dispatch, and so of Swift's tasks, block most signals; one
    // passed on to a thread that blocks it would wait for ever, and a command in
    // the background that blocks the last two would fail instead of waiting for `fg`.
    var needed = sigset_t()
    sigemptyset(&needed)
    for signal in Self.signals + [SIGTTIN, SIGTTOU] { sigaddset(&needed, signal) }
    pthread_sigmask(SIG_UNBLOCK, &needed, &state.pointee.mask)

    for (index, signal) in Self.signals.enumerated() {
      var action = handling(signalWhilePrompting)
      sigaction(signal, &action, previous + index)
      // What was ignored, as under nohup, stays ignored.
      if isIgnored(previous[index]) { sigaction(signal, previous + index, nil) }
    }
    guard silence(state) else {
      let failure = errno
      end()
      throw .system(failure)
    }
  }

  /// Restores the terminal, then the signals.
  func end() {
    guard let state = current else { return }
    // From here on a signal that returns must not silence the terminal again.
    state.pointee.isAsking = false
    restore(state)
    for (index, signal) in Self.signals.enumerated() {
      sigaction(signal, state.pointee.previous + index, nil)
    }
    pthread_sigmask(SIG_SETMASK, &state.pointee.mask, nil)
    current = nil
    state.pointee.previous.deallocate()
    state.pointee.prompt.deallocate()
    state.deallocate()
  }

  /// Where a signal's previous action is kept. Called inside a signal handler.
  fileprivate static func index(of signal: Int32) -> Int {
    switch signal {
    case SIGHUP: 0
    case SIGINT: 1
    case SIGQUIT: 2
    case SIGTERM: 3
    default: 4
    }
  }
}

private struct State {
  let descriptor: Int32
  var modes: termios
  var silent: termios
  let prompt: UnsafeBufferPointer<UInt8>
  let previous: UnsafeMutablePointer<sigaction>
  let thread: pthread_t
  /// What the prompting thread blocked before.
  var mask = sigset_t()
  var isAsking = true
}

/// What the handlers can reach: they are C functions and capture nothing.
nonisolated(unsafe) private var current: UnsafeMutablePointer<State>?

/// Flushes what was typed ahead: it has been shown, and is no secret any more.
private func silence(_ state: UnsafeMutablePointer<State>) -> Bool {
  while tcsetattr(state.pointee.descriptor, TCSAFLUSH, &state.pointee.silent) != 0 {
    guard errno == EINTR else { return false }
  }
  _ = write(state.pointee.descriptor, state.pointee.prompt.baseAddress, state.pointee.prompt.count)
  return true
}

/// Flushes what was typed and not read, so that half a secret never reaches the shell.
private func restore(_ state: UnsafeMutablePointer<State>) {
  while tcsetattr(state.pointee.descriptor, TCSAFLUSH, &state.pointee.modes) != 0, errno == EINTR {}
}

private func signalWhilePrompting(_ signal: Int32) {
  let number = errno
  defer { errno = number }
  guard let state = current else { return }
  guard pthread_equal(pthread_self(), state.pointee.thread) != 0 else {
    pthread_kill(state.pointee.thread, signal)
    return
  }

  restore(state)
  var ours = sigaction()
  sigaction(signal, state.pointee.previous + SilentTerminal.index(of: signal), &ours)
  // A signal is blocked inside its own handler; the previous action waits for this.
  var only = sigset_t()
  sigemptyset(&only)
  sigaddset(&only, signal)
  raise(signal)
  pthread_sigmask(SIG_UNBLOCK, &only, nil)

  // Still here: the process was stopped and goes on, or somebody handled it.
  pthread_sigmask(SIG_BLOCK, &only, nil)
  sigaction(signal, &ours, nil)
  if state.pointee.isAsking { _ = silence(state) }
}
