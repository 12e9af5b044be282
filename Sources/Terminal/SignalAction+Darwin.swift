#if canImport(Darwin)
  import Darwin

  /// An action that calls a handler and lets interrupted calls go on.
  func handling(_ handler: @escaping @convention(c) (Int32) -> Void) -> sigaction {
    sigaction(
      __sigaction_u: __sigaction_u(__sa_handler: handler), sa_mask: 0, sa_flags: SA_RESTART)
  }

  func isIgnored(_ action: sigaction) -> Bool {
    unsafeBitCast(action.__sigaction_u.__sa_handler, to: Int.self)
      == unsafeBitCast(SIG_IGN, to: Int.self)
  }
#endif
