internal import Sealing
package import Storage
internal import Synchronization
package import VaultFormat

/// A vault as anybody sees it who has the folder: closed.
package final class Vault: Sendable {
  package let folder: Folder
  package let id: Identifier
  package let roster: Roster
  /// What was noticed while it was read, and what has vanished since this
  /// computer last saw it.
  package var findings: [Finding] { noticed + (copies?.findings ?? []) }

  /// What this computer has seen of the vault; nil for a vault opened without a home.
  let copies: Copies?
  /// The unlock keys of the roster's devices; nil for a vault opened without a home.
  let seenChains: [Identifier: DeviceChain]?
  private let noticed: [Finding]
  private let home: Home?
  private let rosterNames: Set<String>
  /// What was read of the keyring, for the first who asks.
  private let keyringFiles: Mutex<KeyringFiles?>

  /// Opens the folder and folds its roster.
  ///
  /// - Parameters:
  ///   - folder: the vault's root.
  ///   - home: where this computer keeps what it has seen. Without one, the
  ///     vault is what the folder shows.
  /// - Throws: `noVault` where there is none or only a later program reads it,
  ///   `damaged` where the roster does not verify.
  package init(_ folder: Folder, home: Home? = nil) throws {
    self.folder = folder
    self.home = home
    id = try Self.descriptor(in: folder).vault
    let copies = home.map { [id] in Copies(in: $0, of: id) }
    self.copies = copies
    let entries = try RosterReading.read(id, of: folder, copies)
    let roster = entries.roster
    self.roster = roster
    rosterNames = entries.names
    let files = try KeyringFiles.read(of: folder, copies)
    try Self.refuseUnknown(files, roster)
    try Self.refuseUnknown(in: folder, roster)
    keyringFiles = Mutex(files)
    seenChains = copies.map { [id] in DeviceChain.readAll(roster, vault: id, of: folder, $0) }
    noticed = entries.findings
  }

  /// The vault as it is now, or nil where `roster/` shows nothing new.
  ///
  /// - Throws: as ``init(_:home:)``.
  package func refreshed() throws -> Vault? {
    let names = try folder.listing(of: "roster").entries.map(\.shown)
    return Set(names) == rosterNames ? nil : try Vault(folder, home: home)
  }

  /// What had vanished and was put back, or could not be.
  var restorations: [Finding] { copies?.findings ?? [] }

  /// The error that says how much had vanished, where more than one file had.
  package var rollback: VaultError? {
    guard let count = copies?.vanished, count > 1 else { return nil }
    return .rolledBack(count)
  }

  /// The vault as the folder shows it, whatever this computer has seen.
  func asTheFolderShowsIt() throws -> Vault { try Vault(folder) }

  /// What was read of the keyring when the vault was opened; nil from the second
  /// time on.
  func takeKeyringFiles() -> KeyringFiles? { keyringFiles.withLock { $0.take() } }

  /// The id of the vault in a folder, which is not looked into any further.
  ///
  /// - Throws: as ``init(_:)``, of the descriptor.
  package static func id(in folder: Folder) throws -> Identifier {
    try descriptor(in: folder).vault
  }

  private static func descriptor(in folder: Folder) throws -> VaultDescriptor {
    do {
      return try VaultDescriptor(
        folder.read(VaultDescriptor.fileName, atMost: VaultDescriptor.maximumSize))
    } catch let error as StorageError where error.isMissing {
      throw VaultError(
        .noVault, "no vault at \(folder.path)",
        hint: "name one with --vault, or make one with `casevault init`", cause: error)
    } catch let error as StorageError {
      throw VaultError(error, while: "opening the vault")
    } catch let error as FormatError {
      throw VaultError(
        .noVault,
        error == .laterProgram
          ? "the vault at \(folder.path) is of a later casevault"
          : "\(folder.path)/casevault.json is not a vault's", cause: error)
    }
  }

  /// Refuses a vault that holds, in `keyring`, a statement of a kind that this
  /// program does not know, signed by a device of the roster.
  private static func refuseUnknown(_ files: KeyringFiles, _ roster: Roster) throws {
    for reading in files.epochs.values {
      for file in reading.files where Statement.isStatement(Array(file.bytes.prefix(Preamble.size)))
      {
        try refuseUnknown(file.bytes, at: "\(reading.path)/\(file.name)", roster)
      }
    }
  }

  /// As above, in `shred`.
  private static func refuseUnknown(in folder: Folder, _ roster: Roster) throws {
    for entry in try folder.listing(of: "shred").entries {
      guard entry.kind == .folder, let name = entry.name else { continue }
      try refuseUnknown(in: "shred/\(name)", of: folder, roster)
    }
  }

  private static func refuseUnknown(
    in path: String, of folder: Folder, _ roster: Roster
  ) throws {
    for entry in try folder.listing(of: path).entries {
      guard entry.kind == .file, let name = entry.name,
        let file = try? folder.open("\(path)/\(name)"), file.size <= Statement.maximumSize,
        let head = try? file.read(count: min(file.size, Preamble.size), at: 0),
        Statement.isStatement(head), let bytes = try? file.read(count: file.size, at: 0)
      else { continue }
      try refuseUnknown(bytes, at: "\(path)/\(name)", roster)
    }
  }

  private static func refuseUnknown(
    _ bytes: [UInt8], at path: String, _ roster: Roster
  ) throws {
    guard let statement = try? Statement(bytes),
      !Roster.known.contains(statement.kind) || statement.isSealed,
      let signer = roster.standing(of: statement.device),
      statement.isSigned(by: signer.keys.sign)
    else { return }
    throw roster.refusal(of: statement.kind, at: path)
  }
}

extension Statement {
  /// Whether a preamble is a statement's, sealed or not.
  static func isStatement(_ head: [UInt8]) -> Bool {
    var reader = ByteReader(head)
    guard let preamble = try? Preamble(&reader) else { return false }
    return preamble.type == .statement || preamble.type == .sealedStatement
  }
}

extension Folder {
  /// Lists a folder whole.
  ///
  /// - Throws: `failed` where it cannot be listed, `damaged` where it has more
  ///   names than are ever listed: what is not seen may be what matters.
  func listing(of path: String) throws -> Listing {
    let listing: Listing
    do {
      listing = try list(path)
    } catch {
      throw VaultError(error, while: "listing \(path.isEmpty ? "the vault" : path)")
    }
    try listing.refuseTruncated(path)
    return listing
  }
}

extension Listing {
  /// - Throws: `damaged` where there was more than is ever listed.
  func refuseTruncated(_ path: String) throws(VaultError) {
    guard truncated else { return }
    throw VaultError(
      .damaged, "\(path.isEmpty ? "the vault" : path) has more files than a vault can have",
      hint: "somebody or something fills this folder; take its files away by hand")
  }
}
