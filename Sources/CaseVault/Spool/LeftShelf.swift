internal import Storage
package import VaultFormat

/// The folder of the spools of a process that is gone, held as long as this lives: nobody else looks
/// into it, recovers what it holds or takes it away meanwhile.
package final class LeftShelf: Sendable {
  /// Among the folders of its vault.
  package let name: String
  private let vault: Identifier
  private let home: Home
  private let lock: FileLock

  fileprivate init(_ name: String, of vault: Identifier, in home: Home, _ lock: FileLock) {
    self.name = name
    self.vault = vault
    self.home = home
    self.lock = lock
  }

  /// Takes a spool away of which there is nothing to keep.
  package func forget(_ spool: LeftSpool) {
    withExtendedLifetime(lock) {
      try? home.state.remove("\(home.spoolPath(of: vault))/\(spool.name)")
    }
  }

  /// Takes the folder away where nothing is left in it.
  fileprivate func close() { withExtendedLifetime(lock) { home.removeShelf(name, of: vault) } }
}

extension Home {
  /// How many folders are looked into.
  private static let maximumShelves = 1_000

  /// Goes through the folders of spools whose processes are gone, but for those that somebody else is
  /// looking into at this moment. Each is held from before it is looked into until `body` is done with
  /// it; then it goes, if nothing is left in it.
  package func eachLeftShelf(
    of vault: Identifier, _ body: (LeftShelf) throws -> Void
  ) rethrows {
    let entries = (try? state.list(spoolPath(of: vault)).entries) ?? []
    let names = entries.filter { $0.kind == .folder }.compactMap(\.name)
    for name in names.filter(SpoolHeader.isProcess).prefix(Self.maximumShelves) {
      guard let lock = try? SpoolShelf.lock(name, of: vault, in: self) else { continue }
      let shelf = LeftShelf(name, of: vault, in: self, lock)
      defer { shelf.close() }
      try body(shelf)
    }
  }

  /// Where a spool lies, for a person who wants to look at it or take it away.
  ///
  /// - Parameter spool: its name, or that of a folder, among those of the vault.
  package func shownPath(ofSpool spool: String, of vault: Identifier) -> String {
    "\(state.path)/\(spoolPath(of: vault))/\(spool)"
  }
}
