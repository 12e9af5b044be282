package import Sealing
internal import Storage
internal import Synchronization
package import VaultFormat

/// What a program writes and no record holds yet, kept in this device's home, sealed (FORMAT §12).
///
/// Each block is sealed under a random nonce whenever it is written. The spool's key derives from the
/// device's private key, by way of one that the agent lends, and can be had again after a crash. Safe
/// to use from several threads.
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
    let key = try shelf.key.key.derive(.spool, salt.bytes)
    let header = SpoolHeader(vault: shelf.vault, device: shelf.device, salt: salt)
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
  /// - Throws: `damaged` where it holds less than it says; `StorageError`.
  package static func resume(
    _ name: String, _ description: SpoolDescription, key: borrowing SecretKey,
    of vault: Identifier, in home: Home
  ) throws -> Spool {
    let file = try home.state.scratchFile(opening: "\(home.spoolPath(of: vault))/\(name)")
    var held: Set<Int> = []
    for index in 0..<description.blockCount {
      let nonce = try file.read(count: Envelope.nonceSize, at: SpoolHeader.slotOffset(index))
      if nonce.contains(where: { $0 != 0 }) { held.insert(index) }
      // The file ends here.
      if nonce.count < Envelope.nonceSize { break }
    }
    // Without this, whoever takes a block away would put the base's in its place.
    guard held.count >= description.held else { throw Self.damaged() }
    return Spool(file, name, try key.copy(), held: held)
  }

  /// Says anew what the spool is of, and how many blocks it holds: a later process notices where one
  /// of them is gone.
  ///
  /// - Throws: `StorageError`; `FormatError` for a description that could not be read again.
  package func describe(_ description: SpoolDescription) throws {
    var description = description
    let count = description.blockCount
    description.held = held.withLock { held in held.count { $0 < count } }
    guard description.isSound else { throw FormatError.invalid("description") }
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
      throw Self.damaged(by: error)
    }
  }

  private static func damaged(by cause: (any Error)? = nil) -> VaultError {
    VaultError(.damaged, "what was kept of it is damaged", cause: cause)
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
