#if os(Linux)
  import Glibc

  /// Calls `handler`, on the stack set aside for handlers, when the signal comes.
  func install(_ handler: @escaping @convention(c) (Int32) -> Void, for signal: Int32) {
    var action = sigaction()
    action.__sigaction_handler.sa_handler = handler
    // Not blocked meanwhile: the program that takes the place of this one inherits the mask.
    action.sa_flags = SA_ONSTACK | Int32(SA_NODEFER)
    sigaction(signal, &action, nil)
  }

  /// Takes this program's place with a new run of itself; returns only on failure.
  func restartThisProgram(_ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) {
    execv("/proc/self/exe", arguments)
  }
#endif
