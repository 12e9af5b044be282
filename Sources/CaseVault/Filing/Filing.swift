internal import Sealing
package import Storage
package import VaultFormat

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

  private let registrar: any Registrar
  private let folder: Folder
  private var drafts: [(draft: Draft, path: String)] = []
  private var waiting: [Identifier] = []
  private var waitingBytes = 0
  private let buffers = SealingBuffers()

  /// - Parameter folder: the vault's.
  package init(with registrar: any Registrar, in folder: Folder) {
    self.registrar = registrar
    self.folder = folder
  }

  package convenience init(in vault: OpenVault) {
    self.init(with: VaultRegistrar(of: vault), in: vault.folder)
  }

  /// Whether enough waits that a bulk run should commit now.
  package var isFull: Bool {
    drafts.count >= Self.maximumDrafts || waitingBytes >= Self.maximumBytes
  }

  /// Begins a case with a key of its own and seals its opening.
  ///
  /// - Returns: the opening, and what it says, with the case's reference.
  /// - Throws: `VaultError`.
  @discardableResult
  package func open(
    _ details: CaseDetails, worked: CivilDate
  ) throws -> (opening: Record, details: CaseDetails) {
    let begun = try registrar.openCase(details, worked: worked)
    let details = begun.change ?? details
    return (try seal(.bytes(details.content), begun), details)
  }

  /// Seals a change to what is known of a case.
  package func update(
    _ caseID: Identifier, _ change: CaseDetails, worked: CivilDate
  ) throws -> Record {
    try seal(
      .bytes(change.content), registrar.begin(.update(change, worked: worked), in: caseID))
  }

  /// Seals a record into a case.
  package func add(_ new: NewRecord, to caseID: Identifier) throws -> Record {
    try seal(new.content, registrar.begin(new.proposal, in: caseID))
  }

  private func seal(_ content: Content, _ begun: BegunRecord) throws -> Record {
    do {
      let draft = RecordDraft(
        try folder.draft(readBack: .head(RecordLayout.contentOffset)))
      let written = try RecordWriter.write(
        content, with: begun.contentKey.key, into: draft, through: buffers)
      let finished = try registrar.finish(
        begun.header.record, length: written.length, root: written.root)
      try draft.finish(finished.front)
      let record = finished.record
      drafts.append((draft.draft, record.path))
      waiting.append(record.id)
      waitingBytes += draft.draft.size
      return record
    } catch let error as StorageError {
      throw VaultError(error, while: "writing a record")
    }
  }

  /// Makes everything durable and gives it its names: keys first, then records,
  /// then index rows.
  ///
  /// - Throws: `failed`; then nothing that was added counts, or the next command
  ///   of this device finds what does.
  package func commit() throws {
    guard !drafts.isEmpty else { return }
    try registrar.prepare(waiting)
    do {
      try folder.publish(drafts)
    } catch {
      throw VaultError(error, while: "filing")
    }
    let published = waiting
    drafts = []
    waiting = []
    waitingBytes = 0
    // They are there. Whoever could not take note of it any more has left a note in
    // the home, and the next command completes the index.
    try? registrar.complete(published)
  }
}
