package import Sealing
package import Storage
internal import VaultFormat

/// One record file, opened and verified step by step (FORMAT §4.8).
///
/// Nothing of a record leaves this type before it has verified.
package struct RecordReader: ~Copyable, Sendable {
  package let record: Record
  /// The manifest's JSON, byte for byte.
  let json: [UInt8]
  let layout: RecordLayout
  let path: String
  let file: StoredFile
  let ciphers: ContentCiphers

  private init(
    _ record: Record, _ json: [UInt8], _ layout: RecordLayout, at path: String,
    _ file: consuming StoredFile, _ ciphers: consuming ContentCiphers
  ) {
    self.record = record
    self.json = json
    self.layout = layout
    self.path = path
    self.file = file
    self.ciphers = ciphers
  }

  /// Opens a record and verifies all but its content.
  ///
  /// - Throws: `damaged` naming the record and the first check that failed.
  package static func open(
    _ name: RecordName, of caseKey: CaseKey, in vault: Vault
  ) throws -> RecordReader {
    try open(name, of: caseKey, in: vault, on: nil)
  }

  /// As above, from the case's folder where that is open.
  static func open(
    _ name: RecordName, of caseKey: CaseKey, in vault: Vault, on shelf: Shelf?
  ) throws -> RecordReader {
    let path = "\(caseKey.folder)/\(name.text)"
    return try explaining(name) {
      let file = if let shelf { try shelf.open(name.text) } else { try vault.folder.open(path) }
      let front = try front(of: file, name, caseKey, vault)
      return RecordReader(
        front.record, front.json, front.layout, at: path, file,
        try ContentCiphers(front.contentKey.key))
    }
  }

  /// Opens a record's content with a key that an agent lent for it, after the agent
  /// has verified its front.
  ///
  /// - Throws: `damaged` where the file is no longer the one that the key opens.
  package static func open(
    _ record: Record, with contentKey: borrowing SecretKey, in folder: Folder
  ) throws -> RecordReader {
    return try explaining(record.name) {
      let file = try folder.open(record.path)
      let layout = try RecordLayout(length: record.manifest.length)
      guard file.size == layout.fileSize else { throw damage(record.name, "of the wrong size") }
      return RecordReader(
        record, [], layout, at: record.path, file, try ContentCiphers(contentKey))
    }
  }

  /// Verifies a record's front and makes the key of its content, and of nothing else.
  ///
  /// - Throws: as ``open(_:of:in:)``.
  package static func contentKey(
    of name: RecordName, _ caseKey: CaseKey, in vault: Vault
  ) throws -> (record: Record, key: LentKey) {
    try explaining(name) {
      let file = try vault.folder.open("\(caseKey.folder)/\(name.text)")
      // Who asks for the key reads the content next.
      file.adviseSoon(min(file.size, Self.soon))
      let front = try front(of: file, name, caseKey, vault)
      return (front.record, front.contentKey)
    }
  }

  /// How much of a file is fetched at once for who will read it, in bytes.
  private static let soon = 1 << 20

  private static func explaining<Result: ~Copyable>(
    _ name: RecordName, _ read: () throws -> Result
  ) throws -> Result {
    do {
      return try read()
    } catch let error as StorageError {
      throw unreadable(error, name)
    } catch let error as FormatError {
      throw refusal(error, name)
    } catch let error as SealingError {
      if case .lockedMemoryUnavailable = error { throw VaultError(error) }
      throw damage(name, "it was altered", cause: error)
    }
  }

  /// What verified of a record before its content is looked at.
  private struct Front {
    let record: Record
    let json: [UInt8]
    let layout: RecordLayout
    let contentKey: LentKey
  }

  private static func front(
    of file: borrowing StoredFile, _ name: RecordName, _ caseKey: CaseKey, _ vault: Vault
  ) throws -> Front {
    guard file.size >= RecordLayout.contentOffset else { throw damage(name, "too short") }
    let front = try file.read(count: RecordLayout.contentOffset, at: 0)
    let header = try header(in: front, name, caseKey, vault)
    let cipher = try RecordCipher.existing(caseKey, header)
    let plaintext = try cipher.open(manifest: Array(front[RecordHeader.size...]), header)
    let (json, signature) = try Manifest.parts(of: plaintext)
    let manifest = try Manifest(json: json)
    let author = try author(of: manifest, name, json, signature, caseKey, vault.roster)
    try verifyDays(of: manifest, name, vault.roster)
    let layout = try RecordLayout(length: manifest.length)
    guard file.size == layout.fileSize else { throw damage(name, "of the wrong size") }
    let record = Record(
      id: header.record, name: name, caseID: header.caseID, manifest: manifest,
      signature: signature, author: author)
    return Front(
      record: record, json: json, layout: layout,
      contentKey: LentKey(try cipher.contentKey()))
  }

  /// Check 2 of FORMAT §4.8: the header against name, folder and vault.
  private static func header(
    in front: [UInt8], _ name: RecordName, _ caseKey: CaseKey, _ vault: Vault
  ) throws -> RecordHeader {
    let header = try RecordHeader(Array(front[..<RecordHeader.size]))
    guard name.suffix == caseKey.suffix, header.record == name.record,
      header.vault == vault.id, header.caseID == caseKey.caseID,
      header.generation == caseKey.generation
    else { throw damage(name, "it does not belong where it lies") }
    return header
  }

  /// Checks 6 to 8 of FORMAT §4.8: the author's right, the id, the signature.
  static func author(
    of manifest: Manifest, _ name: RecordName, _ json: [UInt8], _ signature: [UInt8],
    _ key: CaseKey, _ roster: Roster
  ) throws -> Member {
    guard roster.knows(manifest.roster) else {
      throw damage(name, "its author saw a roster that is not here")
    }
    guard let standing = roster.standing(of: manifest.device, at: manifest.roster),
      standing.member.id == manifest.author
    else { throw damage(name, "its author was not on the roster") }
    // A branch on which a device passes for somebody else gives nobody their name.
    guard roster.standing(of: manifest.device)?.member.id == standing.member.id else {
      throw damage(name, "its author is not who they were where it was written")
    }
    guard standing.member.role.holdsMasterKey else {
      throw damage(name, "its author had no right to write it")
    }
    guard recordID(signKey: standing.keys.sign, random: manifest.random) == name.record else {
      throw damage(name, "it was made under another member's record id")
    }
    do {
      try verify(
        signature, by: standing.keys.sign.inline, recordSignatureText,
        Manifest.signed(
          vault: key.vault, caseID: key.caseID, record: name.record, json: json))
    } catch {
      throw damage(name, "its author did not sign this", cause: error)
    }
    return standing.member
  }

  /// Work is done before it is recorded (FORMAT §4.2).
  static func verifyDays(
    of manifest: Manifest, _ name: RecordName, _ roster: Roster
  ) throws {
    let zone = roster.founding.policy.timeZone
    guard manifest.worked <= (try manifest.recorded.day(in: zone)) else {
      throw damage(name, "its work is dated after it was recorded")
    }
  }

  static func damage(
    _ name: RecordName, _ reason: String, cause: (any Error)? = nil
  ) -> VaultError {
    VaultError(
      .damaged, "record \(name.record.text.prefix(10)) is damaged: \(reason)",
      hint: VaultError.restoreHint, cause: cause)
  }

  /// A share that does not answer is no damage: nothing is known of the record.
  static func unreadable(_ error: StorageError, _ name: RecordName) -> VaultError {
    guard error.reason == .system, !error.isMissing else {
      return damage(name, "\(error)", cause: error)
    }
    return VaultError(error, while: "reading record \(name.record.text.prefix(10))")
  }

  private static func refusal(_ error: FormatError, _ name: RecordName) -> VaultError {
    guard error == .laterProgram else { return damage(name, "it was altered", cause: error) }
    return VaultError(
      .noVault, "record \(name.record.text.prefix(10)) was written by a later casevault",
      hint: "install the newest casevault", cause: error)
  }
}
