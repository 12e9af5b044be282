internal import Sealing
internal import Storage
internal import Synchronization
package import VaultFormat

/// The registrar of an open vault, for one who files.
///
/// Until records are published its cases are its own: what is dropped half-way is
/// seen by nobody else.
package final class VaultRegistrar: Registrar {
  /// How many records may be begun and not published: each holds a key.
  private static let maximumBegun = 1_024

  /// A record that was begun here.
  private final class Begun {
    var proposal: RecordProposal
    let header: RecordHeader
    let random: [UInt8]
    let cipher: RecordCipher

    init(
      _ proposal: RecordProposal, _ header: RecordHeader, _ random: [UInt8],
      _ cipher: consuming RecordCipher
    ) {
      self.proposal = proposal
      self.header = header
      self.random = random
      self.cipher = cipher
    }
  }

  private let vault: OpenVault
  private var cases: [Identifier: CaseFile] = [:]
  private var newKeys: [CaseKey] = []
  private var begun: [Identifier: Begun] = [:]
  private var finished: [Identifier: Record] = [:]
  private var prepared: Set<Identifier> = []
  private var note: FilingNote?
  /// Cases whose new records are published and whose rows are not.
  private var unsettled: [CaseFile] = []

  package init(of vault: OpenVault) {
    self.vault = vault
  }

  package func openCase(_ details: CaseDetails, worked: CivilDate) throws -> BegunRecord {
    var members = details.members
    if members["ref"] == nil {
      // Not that of a case without a row yet: two computers that are apart could not tell either.
      members["ref"] = .string(vault.freshReference(try vault.storedIndex()).text)
    }
    if members["adviser"] == nil { members["adviser"] = .string(vault.member.id) }
    let details = CaseDetails(members)
    let key = try CaseKey.fresh(in: vault.vault.id)
    cases[key.caseID] = CaseFile(new: key, policy: vault.policy)
    newKeys.append(key)
    let begun = try begin(.opening(details, worked: worked), in: key.caseID)
    return BegunRecord(
      header: begun.header, contentKey: begun.contentKey, change: details)
  }

  private func verify(dateOf proposal: RecordProposal) throws {
    guard proposal.worked <= (try vault.today()) else {
      throw VaultError(
        .usage, "work cannot be dated after today", hint: "give --worked the day it was done")
    }
  }

  package func begin(_ proposal: RecordProposal, in caseID: Identifier) throws -> BegunRecord {
    try verify(dateOf: proposal)
    guard proposal.isConsistent, begun.count + finished.count < Self.maximumBegun else {
      throw VaultError(.refused, "this record cannot be begun")
    }
    let key = try caseFile(caseID).key
    let random = randomBytes(16)
    let id = recordID(signKey: Identifier(vault.identity.signing.publicKey), random: random)
    var header = RecordHeader(
      vault: key.vault, caseID: key.caseID, generation: key.generation, record: id,
      salt: Identifier(randomBytes(32)) ?? .zero)
    let cipher = try RecordCipher.fresh(key, &header)
    let contentKey = LentKey(try cipher.contentKey())
    begun[id] = Begun(proposal, header, random, cipher)
    return BegunRecord(header: header, contentKey: contentKey)
  }

  package func revise(_ record: Identifier, to proposal: RecordProposal) throws {
    try verify(dateOf: proposal)
    guard let begun = begun[record], begun.proposal.change == nil, proposal.change == nil,
      proposal.isConsistent
    else { throw VaultError(.refused, "this record cannot be made another") }
    begun.proposal = proposal
  }

  /// Takes a case that was just read, for what is begun next: what is filed then names what its
  /// author saw.
  package func use(_ file: CaseFile) {
    if cases[file.id] == nil { cases[file.id] = file }
  }

  private func caseFile(_ id: Identifier) throws -> CaseFile {
    if let file = cases[id] { return file }
    let file = try vault.caseFile(id)
    cases[id] = file
    return file
  }

  package func finish(
    _ id: Identifier, length: Int, root: Identifier
  ) throws -> FinishedRecord {
    guard let record = begun[id], let file = cases[record.header.caseID] else {
      throw VaultError(.refused, "no record \(id.text.prefix(10)) was begun here")
    }
    try verify(record.proposal.change, length, root)
    do {
      let manifest = manifest(of: record, in: file, length: length, root: root)
      let json = try manifest.json()
      let header = record.header
      let signature = vault.identity.signing.sign(
        recordSignatureText,
        Manifest.signed(vault: header.vault, caseID: header.caseID, record: id, json: json))
      let sealed = try record.cipher.seal(
        manifest: try Manifest.plaintext(json: json, signature: signature), header)
      let signed = Record(
        id: id, name: RecordName(record: id, suffix: file.key.suffix), caseID: file.id,
        manifest: manifest, signature: signature, author: vault.member)
      begun[id] = nil
      finished[id] = signed
      file.add(signed, content: record.proposal.change)
      return FinishedRecord(record: signed, front: header.bytes + sealed)
    } catch let error as FormatError {
      throw VaultError(.usage, "this record cannot be filed: \(error)", cause: error)
    }
  }

  /// What the case is folded with must be what the record will say.
  private func verify(_ change: CaseDetails?, _ length: Int, _ root: Identifier) throws {
    guard let content = change?.content else { return }
    guard content.count == length, contentRoot(of: content) == root else {
      throw VaultError(.refused, "the content is not what was announced")
    }
  }

  private func manifest(
    of begun: Begun, in file: CaseFile, length: Int, root: Identifier
  ) -> Manifest {
    let proposal = begun.proposal
    let parents = Array(file.state.heads.prefix(Manifest.maximumParents))
    var manifest = Manifest(
      author: vault.member.id, device: vault.identity.device, kind: proposal.kind,
      title: proposal.title, mediaType: proposal.mediaType, details: proposal.details,
      worked: proposal.worked, recorded: vault.clock.now, parents: parents,
      seen: parents.isEmpty ? nil : seenHash(file.state.signatures(of: parents)),
      replaces: proposal.replaces, roster: vault.rosterHead, random: begun.random)
    manifest.length = length
    manifest.root = root
    return manifest
  }

  package func prepare(_ records: [Identifier]) throws {
    let touched = try Set(records.map { try signed($0).caseID })
    let signatures = try records.map { try signed($0).signature }
    let (log, home, id) = (vault.membership.log, vault.home, vault.vault.id)
    let noted = Mutex<FilingNote?>(nil)
    var pieces: [@Sendable () throws -> Void] = [{ try log.enter(made: signatures) }]
    // A note that names these cases already is durable.
    if !touched.isSubset(of: note?.cases ?? []) {
      let cases = Array(touched.union(note?.cases ?? []))
      pieces.append {
        let note = try home.noteFiling(of: cases, in: id)
        noted.withLock { $0 = note }
      }
    }
    do {
      // All of it before a record has a name, and none of it refers to the other: what a crash leaves
      // alone does no harm.
      let entering = SideBySide.Errand(pieces)
      defer {
        entering.wait()
        if let noted = noted.withLock({ $0 }) { keep(noted) }
      }
      if !newKeys.isEmpty { try vault.keyring.publish(newKeys, by: vault.identity) }
      try entering.result()
    } catch let error as StorageError {
      throw VaultError(error, while: "filing")
    }
    newKeys = []
    prepared.formUnion(records)
  }

  /// A note in the home that names more cases stands for the one before it.
  private func keep(_ noted: FilingNote) {
    if let note { vault.home.forget(note) }
    note = noted
  }

  /// The case of a record that was signed here.
  ///
  /// - Throws: `refused` where it was not.
  package func caseFile(ofSigned id: Identifier) throws -> CaseFile {
    try caseFile(signed(id).caseID)
  }

  private func signed(_ id: Identifier) throws -> Record {
    guard let record = finished[id] else {
      throw VaultError(.refused, "no record \(id.text.prefix(10)) was signed here")
    }
    return record
  }

  package func complete(_ records: [Identifier]) throws {
    try acknowledge(records)
    settle()
  }

  /// Takes note that records are published: they can be acknowledged, as the home's note of the
  /// filing makes up for a crash before ``settle()``, which is to follow (FORMAT §13, 4).
  ///
  /// - Returns: the cases that they are of, which are not this registrar's any more: the next one who
  ///   files in them may have them, where ``OpenVault/isCurrent(_:)``.
  /// - Throws: `refused` for one that was not signed here.
  @discardableResult
  package func acknowledge(_ records: [Identifier]) throws -> [CaseFile] {
    guard prepared.isSuperset(of: records) else {
      throw VaultError(.refused, "a record that was not prepared cannot have been published")
    }
    prepared.subtract(records)
    let touched = try Set(records.map { try signed($0).caseID }).compactMap { cases[$0] }
    for file in touched {
      unsettled.removeAll { $0.id == file.id }
      unsettled.append(file)
    }
    for record in records { finished[record] = nil }
    cases = [:]
    return touched
  }

  /// Whether rows of what was acknowledged are still to be written.
  package var isUnsettled: Bool { !unsettled.isEmpty }

  /// Brings the index up to what was acknowledged, if anything was. Where that fails, it is noticed, and left to
  /// the end of the filing or the next unlock.
  package func settle() {
    guard isUnsettled else { return }
    let files = unsettled
    unsettled = []
    do {
      // Whoever filed in the same case meanwhile counted without these records; and
      // what was said to be published is believed when it is seen.
      let seen = try files.compactMap { file in
        try vault.isCurrent(file) ? file : try vault.readable(file.id)
      }
      try vault.publishRows(of: seen)
      // What is prepared may be published already, and nobody may come to say so.
      guard prepared.isEmpty else { return }
      if let note { vault.home.forget(note) }
      note = nil
    } catch {
      // With the next rows: the note must not go before these are written.
      unsettled = files
      vault.notice([
        Finding(.stale, "index", "not brought up to date; the next command completes it")
      ])
    }
  }

  /// Ends the filing. What was prepared and not completed may have been
  /// published: the index is brought up to what is there.
  package func close() {
    begun = [:]
    finished = [:]
    cases = [:]
    unsettled = []
    guard let note else { return }
    vault.complete(note)
    self.note = nil
  }
}
