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
  private lazy var buffers = SealingBuffers()
  /// Whether records are synced while the registrar prepares: two waits in one.
  private let overlaps: Bool

  /// - Parameters:
  ///   - folder: the vault's.
  ///   - overlaps: whether to sync records on a thread of their own while the registrar, which is
  ///     another process, prepares.
  package init(with registrar: any Registrar, in folder: Folder, overlaps: Bool = false) {
    self.registrar = registrar
    self.folder = folder
    self.overlaps = overlaps
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

  /// Begins a record whose content comes bit by bit.
  ///
  /// - Throws: `VaultError`.
  package func stream(_ proposal: RecordProposal, to caseID: Identifier) throws -> RecordStream {
    do {
      return try RecordStream(registrar.begin(proposal, in: caseID), draft())
    } catch let error as StorageError {
      throw VaultError(error, while: "writing a record")
    }
  }

  /// Ends such a record: it waits for ``commit()`` as others do.
  ///
  /// - Parameters:
  ///   - rest: the chunks that are not sealed yet (``RecordStream/seal(_:)``), of 65,536 bytes
  ///     each, zero behind the content; at least one unless there is no content at all.
  ///   - length: of the whole content, in bytes.
  ///   - proposal: what the record turned out to be, where it is not what was proposed.
  /// - Throws: `VaultError`.
  package func end(
    _ stream: RecordStream, _ rest: [UnsafeRawBufferPointer], length: Int,
    as proposal: RecordProposal? = nil
  ) throws -> Record {
    do {
      if let proposal { try registrar.revise(stream.begun.header.record, to: proposal) }
      let root = try stream.end(rest, length: length)
      return try finish(stream.draft, stream.begun, length: length, root: root)
    } catch let error as StorageError {
      throw VaultError(error, while: "writing a record")
    }
  }

  private func draft() throws(StorageError) -> RecordDraft {
    RecordDraft(try folder.draft(readBack: .head(RecordLayout.contentOffset)))
  }

  private func finish(
    _ draft: RecordDraft, _ begun: BegunRecord, length: Int, root: Identifier
  ) throws -> Record {
    let finished = try registrar.finish(begun.header.record, length: length, root: root)
    try draft.finish(finished.front)
    let record = finished.record
    drafts.append((draft.draft, record.path))
    waiting.append(record.id)
    waitingBytes += draft.draft.size
    return record
  }

  private func seal(_ content: Content, _ begun: BegunRecord) throws -> Record {
    do {
      let draft = try draft()
      let written = try RecordWriter.write(
        content, with: begun.contentKey.key, into: draft, through: buffers)
      return try finish(draft, begun, length: written.length, root: written.root)
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
    try prepare()
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

  /// Has the registrar prepare; where it is another process, with the records on their way to the
  /// medium meanwhile.
  private func prepare() throws {
    guard overlaps else { return try registrar.prepare(waiting) }
    let syncing = SideBySide.Errand(drafts.map { draft, _ in { try draft.syncAhead() } })
    defer { syncing.wait() }
    try registrar.prepare(waiting)
    do {
      try syncing.result()
    } catch let error as StorageError {
      throw VaultError(error, while: "filing")
    }
  }
}
