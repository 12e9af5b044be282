internal import Sealing
internal import Storage
package import VaultFormat

/// A record to be filed.
package struct NewRecord {
  package let kind: String
  package let title: String
  package let mediaType: String
  package let details: [String: JSON]
  package let worked: CivilDate
  package let replaces: [Identifier]
  package let content: Content

  package init(
    kind: String, title: String, mediaType: String, details: [String: JSON] = [:],
    worked: CivilDate, replaces: [Identifier] = [], content: Content
  ) {
    self.kind = kind
    self.title = title
    self.mediaType = mediaType
    self.details = details
    self.worked = worked
    self.replaces = replaces
    self.content = content
  }
}

/// Files new cases and records, one or many, with as few syncs as their order
/// allows (FORMAT §13).
///
/// Nothing of it counts before ``commit()`` returns; a filing that is dropped
/// leaves nothing behind.
package final class Filing {
  /// How many drafts may wait for one commit, each with an open file.
  private static let maximumDrafts = 512
  /// How many bytes may wait for one commit.
  private static let maximumBytes = 64 << 20

  private let vault: OpenVault
  private var newKeys: [CaseKey] = []
  private var drafts: [(draft: Draft, path: String)] = []
  private var signatures: [[UInt8]] = []
  private var touched: [Identifier: CaseFile] = [:]
  private var waitingBytes = 0
  private let buffers = SealingBuffers()

  package init(in vault: OpenVault) {
    self.vault = vault
  }

  /// Whether enough waits that a bulk run should commit now.
  package var isFull: Bool {
    drafts.count >= Self.maximumDrafts || waitingBytes >= Self.maximumBytes
  }

  /// Begins a case with a key of its own and seals its opening.
  ///
  /// - Parameter details: with a reference.
  /// - Throws: `VaultError`.
  package func open(_ details: CaseDetails, worked: CivilDate) throws -> CaseFile {
    let key = try CaseKey.fresh(in: vault.vault.id)
    let file = CaseFile(new: key, policy: vault.policy)
    newKeys.append(key)
    _ = try add(
      NewRecord(
        kind: RecordKind.opening, title: "Case opened", mediaType: "application/json",
        worked: worked, content: .bytes(details.content)),
      to: file, details: details)
    return file
  }

  /// Seals a change to what is known of a case.
  package func update(_ file: CaseFile, _ change: CaseDetails) throws -> Record {
    try add(
      NewRecord(
        kind: RecordKind.update, title: "Details changed", mediaType: "application/json",
        worked: try vault.today(), content: .bytes(change.content)),
      to: file, details: change)
  }

  /// Seals a record into a case.
  package func add(_ new: NewRecord, to file: CaseFile) throws -> Record {
    try add(new, to: file, details: nil)
  }

  private func add(
    _ new: NewRecord, to file: CaseFile, details: CaseDetails?
  ) throws -> Record {
    let now = vault.clock.now
    guard new.worked <= (try now.day(in: vault.policy.timeZone)) else {
      throw VaultError(
        .usage, "work cannot be dated after today", hint: "give --worked the day it was done")
    }
    let random = randomBytes(16)
    let id = recordID(
      signKey: Identifier(vault.identity.signing.publicKey), random: random)
    let parents = Array(file.state.heads.prefix(Manifest.maximumParents))
    let manifest = Manifest(
      author: vault.member.id, device: vault.identity.device, kind: new.kind,
      title: new.title, mediaType: new.mediaType, details: new.details, worked: new.worked,
      recorded: now, parents: parents,
      seen: parents.isEmpty ? nil : seenHash(file.state.signatures(of: parents)),
      replaces: new.replaces, roster: vault.rosterHead, random: random)
    do {
      let draft = try vault.folder.draft(
        readBack: .head(RecordLayout.contentOffset))
      let written = try RecordWriter.write(
        new.content, manifest, id: id, caseKey: file.key, identity: vault.identity,
        into: draft, through: buffers)
      let record = Record(
        id: id, name: RecordName(record: id, suffix: file.key.suffix), caseID: file.id,
        manifest: written.manifest, signature: written.signature, author: vault.member)
      drafts.append((draft, "\(file.key.folder)/\(record.name.text)"))
      signatures.append(written.signature)
      waitingBytes += draft.size
      touched[file.id] = file
      file.add(record, content: details)
      return record
    } catch let error as StorageError {
      throw VaultError(error, while: "writing a record")
    } catch let error as FormatError {
      throw VaultError(.usage, "this record cannot be filed: \(error)", cause: error)
    }
  }

  /// Makes everything durable and gives it its names: keys first, then records,
  /// then index rows.
  ///
  /// - Throws: `failed`; then nothing that was added counts, or the next command
  ///   of this device finds what does. A row that cannot be written is no failure:
  ///   the records are there, and the next command completes the index.
  package func commit() throws {
    guard !drafts.isEmpty else { return }
    do {
      let note = try vault.home.noteFiling(of: Array(touched.keys), in: vault.vault.id)
      try publishKeys()
      try vault.membership.log.enter(made: signatures)
      try vault.folder.publish(drafts)
      let files = Array(touched.values)
      drafts = []
      signatures = []
      waitingBytes = 0
      touched = [:]
      complete(files, note)
    } catch let error as StorageError {
      throw VaultError(error, while: "filing")
    }
  }

  private func publishKeys() throws {
    guard !newKeys.isEmpty else { return }
    try vault.keyring.publish(newKeys, by: vault.identity)
    newKeys = []
  }

  private func complete(_ files: [CaseFile], _ note: FilingNote) {
    do {
      try vault.publishRows(of: files)
      // Whoever filed in the same case meanwhile counted without these records.
      let grown = try files.filter { try vault.recordCount(of: $0.key) > $0.recordCount }
      try vault.publishRows(of: try grown.compactMap { try vault.readable($0.id) })
      vault.home.forget(note)
    } catch {
      vault.notice([
        Finding(.stale, "index", "not brought up to date; the next command completes it")
      ])
    }
  }
}
