#if canImport(Darwin)
  import Darwin

  /// Calls `handler`, on the stack set aside for handlers, when the signal comes.
  func install(_ handler: @escaping @convention(c) (Int32) -> Void, for signal: Int32) {
    var action = sigaction()
    action.__sigaction_u.__sa_handler = handler
    // Not blocked meanwhile: the program that takes the place of this one inherits the mask.
    action.sa_flags = SA_ONSTACK | SA_NODEFER
    sigaction(signal, &action, nil)
  }

  /// Takes this program's place with a new run of itself; returns only on failure.
  func restartThisProgram(_ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) {
    var path = [CChar](repeating: 0, count: Int(PATH_MAX))
    var size = UInt32(path.count)
    if _NSGetExecutablePath(&path, &size) == 0 { execv(path, arguments) }
  }
#endif
