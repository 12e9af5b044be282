#if canImport(Darwin)
  internal import Darwin

  extension Computer {
    /// Nothing is mounted on macOS yet.
    static func mounting() -> [Diagnosis] { [] }
    /// macOS sets no limit that keys could meet.
    static func memory() -> [Diagnosis] { [] }
    /// macOS encrypts its swap.
    static func swap() -> [Diagnosis] { [.fine("swap", "encrypted by the system")] }
  }
#endif
