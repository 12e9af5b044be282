internal import CaseVault
internal import Storage
internal import VaultFormat

/// Cases that a mount is likely to be asked for soon are read beside its other work, as a file is
/// read ahead. Nothing of them leaves the agent.
extension Agent {
  /// How many cases may wait to be read.
  private static let maximumForeseen = 64

  /// Begins to read cases, unless they were just read. Only in a turn.
  func foresee(_ caseIDs: [Identifier]) {
    let room = max(Self.maximumForeseen - foreseen.count, 0)
    foreseen += caseIDs.filter { !isAtHand($0) }.prefix(room)
    guard !foreseen.isEmpty, !isForeseeing else { return }
    isForeseeing = startThread { self.readForeseen() }
    if !isForeseeing { foreseen = [] }
  }

  private func isAtHand(_ caseID: Identifier) -> Bool {
    freshCases[caseID].map { isFresh(since: $0.at) } ?? false
  }

  /// A case is not as it was: what is in memory of it, or is being read, is not shown.
  func mistrust(_ caseID: Identifier) {
    _ = freshCases.remove(caseID)
    if isForeseeing { mistrusted.insert(caseID) }
  }

  private func readForeseen() {
    while let (head, readings) = turn.take({ nextForeseen() }) {
      let results = SideBySide.map(readings) { try $0.read() }
      turn.take {
        // What verified by an older roster is read again by who wants it.
        guard let vault, membership.rosterHead == head else { return }
        for result in results {
          guard let read = try? result.get(), !isAtHand(read.file.id),
            !mistrusted.contains(read.file.id)
          else { continue }
          freshCases.keep(vault.take(read))
        }
        oweSettling()
      }
    }
  }

  /// The next cases to read, by the roster of this moment; nil at the end.
  private func nextForeseen() -> (head: Identifier, readings: [CaseReading])? {
    mistrusted = []
    let batch = foreseen.prefix(SideBySide.width).filter { !isAtHand($0) }
    foreseen.removeFirst(min(SideBySide.width, foreseen.count))
    guard let vault, !batch.isEmpty || !foreseen.isEmpty else {
      isForeseeing = false
      return nil
    }
    return (membership.rosterHead, batch.compactMap { try? vault.reading(of: $0) })
  }

  /// Has the index in memory before somebody waits for it.
  func foreseeIndex() {
    _ = startThread { self.turn.take { _ = try? self.vault?.index(freshAtMost: self.rowAge) } }
  }
}
