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
    // On the stack: the heap may be what broke.
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(PATH_MAX)) { path in
      guard let start = path.baseAddress else { return }
      var size = UInt32(path.count)
      if _NSGetExecutablePath(start, &size) == 0 { execv(start, arguments) }
    }
  }
#endif
