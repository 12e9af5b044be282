package import Sealing
internal import Storage
package import VaultFormat

/// The folder of one process's spools in a home, held as long as this lives.
package final class SpoolShelf: Sendable {
  package let vault: Identifier
  package let device: Identifier
  /// The folder's name among those of other processes.
  package let name: String
  /// From which the keys of this process's spools derive.
  let key: LentKey
  package let home: Home
  private let lock: FileLock

  /// - Parameters:
  ///   - device: whose private key `key` comes from.
  ///   - drawn: what ``Identity/freshShelf()`` gave.
  /// - Throws: `StorageError`; `failed` where the lock is not to be had.
  package init(
    of vault: Identifier, device: Identifier, _ drawn: (name: String, key: LentKey), in home: Home
  ) throws {
    self.vault = vault
    self.device = device
    name = drawn.name
    key = drawn.key
    self.home = home
    guard SpoolHeader.isProcess(name), let lock = try Self.lock(name, of: vault, in: home) else {
      throw VaultError(.failed, "the folder of spools is in use")
    }
    self.lock = lock
  }

  static let lockName = "lock"

  /// Takes the lock of a folder; nil while somebody else holds it.
  ///
  /// Whoever holds it may take folder and lock away: it counts only if it is still the one that is
  /// there by its name.
  static func lock(_ name: String, of vault: Identifier, in home: Home) throws -> FileLock? {
    let path = "\(home.spoolPath(of: vault))/\(name)/\(lockName)"
    for _ in 0..<lockAttempts {
      guard let lock = try home.state.tryLock(path) else { continue }
      if try home.state.lockPlace(path) == lock.place { return lock }
    }
    return nil
  }

  /// Somebody may look, for a moment, into a folder that is just being made.
  private static let lockAttempts = 3

  /// Takes the folder away where nothing is left in it.
  package func close() { withExtendedLifetime(lock) { home.removeShelf(name, of: vault) } }
}

extension Identity {
  /// A name for the folder of a new process's spools, and their key, which nobody has asked for yet:
  /// the key of a folder that is there is lent for a recovery only.
  ///
  /// - Throws: `lockedMemoryUnavailable`.
  package func freshShelf() throws(SealingError) -> (name: String, key: LentKey) {
    let name = Base32.encode(randomBytes(15))
    return (name, LentKey(try spoolKey(of: name, from: unlock[0])))
  }
}

extension Home {
  /// Where the spools of a vault's mounts lie, below the state's folder.
  func spoolPath(of vault: Identifier) -> String { "\(vault.text)/spool" }

  /// Takes a folder of spools away where nothing but its lock is left in it. Only with that lock.
  func removeShelf(_ name: String, of vault: Identifier) {
    let path = "\(spoolPath(of: vault))/\(name)"
    guard let entries = try? state.list(path).entries,
      entries.allSatisfy({ $0.name == SpoolShelf.lockName })
    else { return }
    try? state.remove("\(path)/\(SpoolShelf.lockName)")
    try? state.removeFolder(path)
  }
}
