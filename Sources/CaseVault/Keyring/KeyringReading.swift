internal import Sealing
internal import Storage
internal import VaultFormat

/// Reads `keyring/`: documents, grants to this device, segments (FORMAT §7, §8).
struct KeyringReading {
  /// A verified segment of an open epoch.
  struct Segment {
    let id: Identifier
    let segment: KeySegment
    let epoch: Epoch
    let path: String
  }

  private let vault: Vault
  private let identity: Identity
  /// Epochs that are open already.
  private let open: [Identifier: Epoch]
  private(set) var epochs: [Epoch] = []
  private(set) var segments: [Segment] = []
  private(set) var findings: [Finding] = []
  /// By epoch, the names that verified, and those known before.
  private(set) var names: [Identifier: Set<String>] = [:]
  /// Paths that are gone and that no listed segment replaces.
  private var vanished: Set<String> = []

  /// Reads what is there, or what is new.
  ///
  /// - Parameters:
  ///   - known: by epoch, names that the caller has in memory.
  ///   - open: the epochs that the caller has open.
  /// - Throws: `failed` where a folder cannot be read. Damage becomes findings.
  static func read(
    _ vault: Vault, _ identity: Identity, known: [Identifier: Set<String>] = [:],
    open: [Epoch] = []
  ) throws -> KeyringReading {
    var vanishedBefore: Set<String> = []
    return try Merging.whileStable {
      let files =
        try vault.takeKeyringFiles() ?? .read(of: vault.folder, vault.copies, known: known)
      var reading = KeyringReading(vault, identity, open)
      let settling = try reading.read(files, known)
      // What takes its place may be in memory, and was not read.
      if !reading.vanished.isEmpty, !known.isEmpty {
        return try read(vault, identity, open: open)
      }
      // A merge that went on while the folder was listed looks like this too, once.
      guard reading.vanished.isSubset(of: vanishedBefore) else {
        vanishedBefore = reading.vanished
        throw Merging.Vanished()
      }
      for settle in settling { settle() }
      return reading
    }
  }

  private init(_ vault: Vault, _ identity: Identity, _ open: [Epoch]) {
    self.vault = vault
    self.identity = identity
    self.open = Dictionary(open.map { ($0.id, $0) }) { first, _ in first }
  }

  /// - Returns: for each epoch, what keeps copies and puts back.
  private mutating func read(
    _ files: KeyringFiles, _ known: [Identifier: Set<String>]
  ) throws -> [() -> Void] {
    for shown in files.strangers {
      findings.append(Finding(.stranger, "keyring/\(shown)", "not a file of the vault"))
    }
    return try files.epochs.sorted { $0.key < $1.key }.map { id, reading in
      try read(epoch: id, reading, known[id] ?? [])
    }
  }

  /// Why no epoch could be opened.
  var refusal: VaultError {
    if let damage = findings.first(where: \.isDamage) {
      return VaultError(
        .damaged, "\(damage.path) is damaged: \(damage.reason)", hint: VaultError.restoreHint)
    }
    return VaultError(
      .noKey, "no grant in this vault is for this computer",
      hint: "a colleague who has the keys gives them to it when they next open the vault; "
        + "otherwise let a manager admit your request again")
  }

  private mutating func read(
    epoch id: Identifier, _ reading: FolderReading, _ known: Set<String>
  ) throws -> () -> Void {
    var content = Content()
    noteUnread(reading)
    guard try !isGone(reading) else { throw Merging.Vanished() }
    let document =
      open[id]?.document
      ?? document(of: id, reading.files.first { $0.name == KeyringFiles.documentName }, reading)
    guard let document else { return {} }
    content.valid.insert(KeyringFiles.documentName)
    for file in reading.files where file.name != KeyringFiles.documentName {
      take(file, at: "\(reading.path)/\(file.name)", of: id, &content)
    }
    names[id] = known.union(content.valid)
    let gone = Set(reading.files.filter { $0.origin == .vanished }.map(\.name))
    let wanted = content.valid.subtracting(content.replaced).subtracting(content.absorbed(gone))
    for file in reading.files where file.origin == .vanished && wanted.contains(file.name) {
      vanished.insert("\(reading.path)/\(file.name)")
    }
    if let epoch = open[id] ?? open(id, document, content.grants) { take(content, epoch, reading) }
    return { [valid = content.valid] in reading.settle(valid, puttingBack: wanted) }
  }

  /// What verified of one epoch's folder.
  private struct Content {
    var grants: [Grant] = []
    var segments: [Identifier: KeySegment] = [:]
    var valid: Set<String> = []
    /// Names of the segments that a later one of the same device replaces.
    ///
    /// Only a device itself says what its segments replace.
    var replaced: Set<String> {
      var replaced: Set<String> = []
      for segment in segments.values {
        for id in segment.replaced where segments[id]?.device == segment.device {
          replaced.insert(id.text)
        }
      }
      return replaced
    }

    /// Of segments that are gone, those of which others of their device that are here hold every wrap: it
    /// merged them into one that it merged again before this computer looked.
    func absorbed(_ gone: Set<String>) -> Set<String> {
      guard !gone.isEmpty else { return [] }
      var here: [Identifier: Set<Wrap>] = [:]
      for (id, segment) in segments where !gone.contains(id.text) {
        here[segment.device, default: []].formUnion(segment.wraps)
      }
      return Set(
        segments.filter { id, segment in
          gone.contains(id.text) && here[segment.device]?.isSuperset(of: segment.wraps) == true
        }.keys.map(\.text))
    }
  }

  private mutating func take(_ content: Content, _ epoch: Epoch, _ reading: FolderReading) {
    epochs.append(epoch)
    let replaced = content.replaced
    for (id, segment) in content.segments.sorted(by: { $0.key < $1.key })
    where !replaced.contains(id.text) {
      segments.append(
        Segment(id: id, segment: segment, epoch: epoch, path: "\(reading.path)/\(id.text)"))
    }
  }

  private mutating func noteUnread(_ reading: FolderReading) {
    for shown in reading.strangers {
      findings.append(
        Finding(.stranger, "\(reading.path)/\(shown)", "not a file of the vault"))
    }
    for (name, error) in reading.unread where (error as? StorageError)?.isMissing != true {
      let path = "\(reading.path)/\(name)"
      findings.append(
        (error as? FormatError) == .laterProgram
          ? Finding(.stranger, path, "of a later casevault, if it is of one at all")
          : Finding(.damaged, path, "not a file of the keyring"))
    }
  }

  /// Whether a file was listed, and gone when it was opened.
  private func isGone(_ reading: FolderReading) throws -> Bool {
    reading.unread.contains { ($0.error as? StorageError)?.isMissing == true }
  }

  private mutating func document(
    of id: Identifier, _ file: FolderReading.File?, _ reading: FolderReading
  ) -> EpochDocument? {
    let path = "\(reading.path)/\(KeyringFiles.documentName)"
    guard let file else {
      if !reading.unread.contains(where: { $0.name == KeyringFiles.documentName }) {
        findings.append(Finding(.damaged, path, "not an epoch document"))
      }
      return nil
    }
    do {
      let statement = try Statement(file.bytes)
      guard statement.id == id, statement.kind == .epoch, statement.vault == vault.id else {
        findings.append(Finding(.damaged, path, "its content does not fit its name"))
        return nil
      }
      guard let signer = vault.roster.standing(of: statement.device),
        statement.isSigned(by: signer.keys.sign)
      else {
        findings.append(Finding(.stranger, path, "signed by nobody on the roster"))
        return nil
      }
      guard
        vault.roster.standing(of: statement.device, at: statement.roster)?.member.role == .manager
      else {
        findings.append(Finding(.forged, path, "not signed by a manager"))
        return nil
      }
      return try EpochDocument(statement.members())
    } catch FormatError.laterProgram {
      findings.append(Finding(.stranger, path, "of a later casevault, if it is of one at all"))
    } catch {
      findings.append(Finding(.damaged, path, "not an epoch document"))
    }
    return nil
  }

  private mutating func take(
    _ file: FolderReading.File, at path: String, of epoch: Identifier, _ content: inout Content
  ) {
    guard let id = Identifier(file.name) else { return }
    do {
      if Statement.isStatement(Array(file.bytes.prefix(Preamble.size))) {
        // One that a device of the roster signed was refused before.
        findings.append(Finding(.stranger, path, "a statement that nobody here signed"))
        return
      }
      var reader = ByteReader(file.bytes)
      _ = try Preamble(&reader)
      guard file.isSound else {
        findings.append(Finding(.damaged, path, "its content does not fit its name"))
        return
      }
      if file.bytes.count == Grant.size, let grant = try? Grant(file.bytes) {
        take(grant, file.name, of: epoch, &content)
        return
      }
      let segment = try KeySegment(file.bytes)
      guard isRightful(segment, file.bytes, of: epoch, at: path) else { return }
      content.segments[id] = segment
      content.valid.insert(file.name)
    } catch .laterProgram {
      findings.append(Finding(.stranger, path, "of a later casevault, if it is of one at all"))
    } catch {
      findings.append(Finding(.damaged, path, "not a file of the keyring"))
    }
  }

  /// Grants are not signed. This computer remembers those that are for a device
  /// of the roster; whether one opens anything, its key says.
  private func take(
    _ grant: Grant, _ name: String, of epoch: Identifier, _ content: inout Content
  ) {
    guard grant.vault == vault.id else { return }
    content.grants.append(grant)
    guard vault.roster.standing(of: grant.device)?.member.role.holdsMasterKey == true,
      grant.purpose != .masterKey || grant.subject == epoch
    else { return }
    content.valid.insert(name)
  }

  private mutating func isRightful(
    _ segment: KeySegment, _ bytes: [UInt8], of epoch: Identifier, at path: String
  ) -> Bool {
    guard segment.vault == vault.id, segment.epoch == epoch else {
      findings.append(Finding(.forged, path, "of another vault or epoch"))
      return false
    }
    guard let signer = vault.roster.standing(of: segment.device, at: segment.roster),
      signer.member.role.holdsMasterKey,
      (try? verify(
        segment.signature, by: signer.keys.sign.inline, KeySegment.signatureText,
        Array(bytes.dropLast(Statement.signatureSize)))) != nil
    else {
      findings.append(Finding(.forged, path, "signed by no device with the right to"))
      return false
    }
    return true
  }

  /// Opens the epoch with the first grant to this device whose key matches the
  /// document's commitment.
  private func open(
    _ id: Identifier, _ document: EpochDocument, _ grants: [Grant]
  ) -> Epoch? {
    guard let standing = vault.roster.standing(of: identity.device),
      standing.member.role.holdsMasterKey
    else { return nil }
    for grant in grants
    where grant.purpose == .masterKey && grant.subject == id && grant.device == identity.device {
      for held in identity.unlock where Identifier(held.key.publicKey) == grant.unlock {
        guard let master = try? Box.open(grant.box, with: held.key, data: grant.data) else {
          continue
        }
        if let epoch = try? Epoch(id: id, document: document, vault: vault.id, master: master) {
          return epoch
        }
      }
    }
    return nil
  }
}
