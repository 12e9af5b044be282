internal import Sealing
internal import Storage
internal import VaultFormat

/// One record file, opened and verified step by step (FORMAT §4.8).
///
/// Nothing of a record leaves this type before it has verified.
package struct RecordReader: ~Copyable {
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
    do {
      let file = if let shelf { try shelf.open(name.text) } else { try vault.folder.open(path) }
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
      return RecordReader(
        record, json, layout, at: path, file, try ContentCiphers(try cipher.contentKey()))
    } catch let error as StorageError {
      throw unreadable(error, name)
    } catch let error as FormatError {
      throw refusal(error, name)
    } catch let error as SealingError {
      if case .lockedMemoryUnavailable = error { throw VaultError(error) }
      throw damage(name, "it was altered", cause: error)
    }
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
