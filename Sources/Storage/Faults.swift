import Synchronization
package import SystemPackage

/// The seam for faults: every call that changes the file system asks it first.
///
/// Tests run a piece of work with the first call failing, then the second, … until ``struck`` stays
/// false; after each run the promises of the vault must hold and a new run must finish the work.
package final class Faults: Sendable {
  /// What goes wrong, and when. Counts begin at 1.
  package enum Plan: Sendable {
    case none
    /// The nth changing call does nothing and fails.
    case fail(nth: Int, Errno)
    /// The nth write (only writes are counted) leaves half of its bytes and fails with EIO.
    case tornWrite(nth: Int)
    /// The nth changing call and all later ones do nothing; nobody cleans up.
    case crash(after: Int)
  }

  /// A system call that some kernels and shares lack; there is another way for each.
  package enum Ability: Sendable { case openBeneath, renameWithoutReplacing, link }

  /// What a call is to do.
  enum Verdict { case proceed, tear }

  private struct State {
    var trace: [String] = []
    var writes = 0
    var struck = false
    var crashed = false
  }

  private let plan: Plan
  private let missing: Set<Ability>
  private let meanwhile: (@Sendable (String) -> Void)?
  private let reading: (@Sendable (String) -> Void)?
  private let state = Mutex(State())

  /// `missing` are calls that this kernel or share is taken to lack. `meanwhile` is what others do
  /// on the share just before a changing call; it is given the call's "operation path". `reading` is
  /// what happens just before a file of a ``Shelf`` is opened; it is given the file's path.
  package init(
    _ plan: Plan, missing: Set<Ability> = [], meanwhile: (@Sendable (String) -> Void)? = nil,
    reading: (@Sendable (String) -> Void)? = nil
  ) {
    self.plan = plan
    self.missing = missing
    self.meanwhile = meanwhile
    self.reading = reading
  }

  /// The number of changing calls so far, failed ones among them.
  package var count: Int { state.withLock { $0.trace.count } }

  /// One "operation path" for each changing call.
  package var trace: [String] { state.withLock { $0.trace } }

  /// Whether the planned fault has happened: a loop over n ends with the first run where it has not.
  package var struck: Bool { state.withLock { $0.struck } }

  /// Whether the planned crash has happened.
  package var crashed: Bool { state.withLock { $0.crashed } }

  func look(at path: String) { reading?(path) }

  func lacks(_ ability: Ability) -> Bool { missing.contains(ability) }

  /// Counts one changing call and says whether it may happen. Throws the planned failure.
  func ask(
    _ operation: StorageError.Operation, _ path: String
  ) throws(StorageError) -> Verdict {
    let step = "\(operation.rawValue) \(path)"
    meanwhile?(step)
    return try state.withLock { state throws(StorageError) in
      state.trace.append(step)
      if operation == .write { state.writes += 1 }
      switch plan {
      case .none:
        return .proceed
      case .fail(let nth, let errno):
        guard state.trace.count == nth else { return .proceed }
        state.struck = true
        throw StorageError(errno: errno, operation: operation, path: path)
      case .tornWrite(let nth):
        guard operation == .write, state.writes == nth else { return .proceed }
        state.struck = true
        return .tear
      case .crash(let first):
        guard state.trace.count >= first else { return .proceed }
        state.struck = true
        state.crashed = true
        throw StorageError(errno: .ioError, operation: operation, path: path, reason: .crashed)
      }
    }
  }
}
