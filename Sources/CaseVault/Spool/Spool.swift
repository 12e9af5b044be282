package import Sealing
internal import Storage
internal import Synchronization
package import VaultFormat

/// What a program writes and no record holds yet, kept in this device's home, sealed (FORMAT §12).
///
/// Each block is sealed under a random nonce whenever it is written. The spool's key lives in this
/// process, and in a box to the device's unlock key for the time after a crash. Safe to use from
/// several threads.
package final class Spool: Sendable {
  private let file: ScratchFile
  private let key: SecretKey
  /// The blocks that the file holds.
  private let held: Mutex<Set<Int>>

  /// Its file's name in the spools' folder, with the folder of the process that made it.
  package let name: String

  private init(
    _ file: ScratchFile, _ name: String, _ key: consuming SecretKey, held: Set<Int> = []
  ) {
    self.file = file
    self.name = name
    self.key = key
    self.held = Mutex(held)
  }

  /// Begins a spool. It is durable after the first ``sync(_:)``.
  ///
  /// - Throws: `StorageError`, `SealingError`.
  package static func begin(
    _ description: SpoolDescription, in shelf: SpoolShelf
  ) throws -> Spool {
    let salt = Identifier(randomBytes(32)) ?? .zero
    let key = try shelf.key.derive(.spool, salt.bytes)
    let header = SpoolHeader(
      vault: shelf.vault, device: shelf.device, box: shelf.box, salt: salt)
    let name = "\(shelf.name)/\(Base32.encode(randomBytes(15)))"
    let file = try shelf.home.state.scratchFile(
      creating: "\(shelf.home.spoolPath(of: shelf.vault))/\(name)")
    try file.write(header.bytes, at: 0)
    let spool = Spool(file, name, key)
    try spool.describe(description)
    return spool
  }

  /// Opens a spool that an earlier process left.
  ///
  /// - Parameter length: of its content, in bytes.
  /// - Throws: `StorageError`.
  package static func resume(
    _ name: String, key: borrowing SecretKey, length: Int, of vault: Identifier, in home: Home
  ) throws -> Spool {
    let file = try home.state.scratchFile(opening: "\(home.spoolPath(of: vault))/\(name)")
    var held: Set<Int> = []
    let count = (length + SpoolHeader.blockSize - 1) / SpoolHeader.blockSize
    for index in 0..<count {
      let nonce = try file.read(count: Envelope.nonceSize, at: SpoolHeader.slotOffset(index))
      if nonce.contains(where: { $0 != 0 }) { held.insert(index) }
    }
    return Spool(file, name, try key.copy(), held: held)
  }

  /// Says anew what the spool is of.
  ///
  /// - Throws: `StorageError`, `FormatError`.
  package func describe(_ description: SpoolDescription) throws {
    let nonce = randomBytes(Envelope.nonceSize)
    let sealed = Envelope.seal(
      try SpoolHeader.padded(description: description.json), key: key, nonce: nonce,
      data: SpoolHeader.descriptionData)
    try file.write(nonce + sealed, at: SpoolHeader.descriptionOffset)
  }

  /// Whether a block is here.
  package func holds(_ index: Int) -> Bool { held.withLock { $0.contains(index) } }

  /// Writes one block.
  ///
  /// - Parameter block: ``SpoolHeader/blockSize`` bytes.
  /// - Throws: `StorageError`.
  package func put(_ block: UnsafeRawBufferPointer, at index: Int) throws {
    let nonce = randomBytes(Envelope.nonceSize)
    let sealed = Envelope.seal(
      block, key: key, nonce: nonce, data: SpoolHeader.blockData(index))
    try file.write(nonce + sealed, at: SpoolHeader.slotOffset(index))
    _ = held.withLock { $0.insert(index) }
  }

  /// Reads one block.
  ///
  /// - Parameter block: ``SpoolHeader/blockSize`` bytes, zero where it does not verify.
  /// - Throws: `damaged`, `StorageError`.
  package func take(_ index: Int, into block: UnsafeMutableRawBufferPointer) throws {
    let slot = try file.read(
      count: SpoolHeader.slotSize, at: SpoolHeader.slotOffset(index))
    do {
      guard slot.count == SpoolHeader.slotSize else { throw SealingError.notAuthentic }
      try Envelope.open(
        Array(slot[Envelope.nonceSize...]), into: block, key: key,
        nonce: Array(slot[..<Envelope.nonceSize]), data: SpoolHeader.blockData(index))
    } catch {
      block.initializeMemory(as: UInt8.self, repeating: 0)
      throw VaultError(.damaged, "a spool of this computer is damaged", cause: error)
    }
  }

  /// Lets the blocks from one on go.
  ///
  /// - Throws: `StorageError`.
  package func drop(from first: Int) throws {
    let dropped = held.withLock { held in
      let dropped = held.filter { $0 >= first }
      held.subtract(dropped)
      return dropped
    }
    for index in dropped {
      try file.write(
        [UInt8](repeating: 0, count: Envelope.nonceSize), at: SpoolHeader.slotOffset(index))
    }
  }

  /// Makes everything durable.
  ///
  /// - Throws: `StorageError`.
  package func sync(_ description: SpoolDescription) throws {
    try describe(description)
    try file.sync()
  }

  /// Takes the spool away: a record holds what it held.
  package func remove() { try? file.remove() }
}

/// The folder of one process's spools in a home, held as long as this lives.
package final class SpoolShelf: Sendable {
  package let vault: Identifier
  package let device: Identifier
  /// From which the keys of this process's spools are derived.
  let key: SecretKey
  /// The same, sealed to the device's unlock key.
  let box: [UInt8]
  package let home: Home
  /// The folder's name among those of other processes.
  let name: String
  private let lock: FileLock

  /// - Parameter unlockKey: of the device, its public half.
  /// - Throws: `StorageError`, `SealingError`; `failed` where the lock is not to be had.
  package init(
    of vault: Identifier, device: Identifier, unlockKey: Identifier, in home: Home
  ) throws {
    self.vault = vault
    self.device = device
    key = try SecretKey.random()
    box = try Box.seal(
      key, to: unlockKey.inline, data: SpoolHeader.front(vault: vault, device: device))
    self.home = home
    name = Base32.encode(randomBytes(15))
    guard
      let lock = try home.state.tryLock("\(home.spoolPath(of: vault))/\(name)/\(Self.lockName)")
    else { throw VaultError(.failed, "the folder of spools is in use") }
    self.lock = lock
  }

  static let lockName = "lock"

  /// Takes the folder away where nothing is left in it.
  package func close() {
    let path = "\(home.spoolPath(of: vault))/\(name)"
    guard let entries = try? home.state.list(path).entries,
      entries.allSatisfy({ $0.name == Self.lockName })
    else { return }
    try? home.state.remove("\(path)/\(Self.lockName)")
    try? home.state.removeFolder(path)
  }
}

extension Home {
  /// Where the spools of a vault's mounts lie, below the state's folder.
  func spoolPath(of vault: Identifier) -> String { "\(vault.text)/spool" }
}
