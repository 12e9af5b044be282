internal import CaseVault
internal import VaultFormat

extension Packet {
  mutating func put(_ day: CivilDate) { put(day.dayNumber) }

  mutating func put(_ details: CaseDetails) { put(details.content) }

  mutating func put(_ error: VaultError) {
    put(Int(error.code.rawValue))
    put(error.message)
    put(error.hint) { $0.put($1) }
  }

  mutating func put(_ finding: Finding) {
    put(finding.kind.rawValue)
    put(finding.path)
    put(finding.reason)
  }

  mutating func put(_ member: Member) {
    put(member.id)
    put(member.name)
    put(member.role.rawValue)
  }

  mutating func put(_ admittance: Admittance) {
    switch admittance {
    case .member(let role):
      put(UInt8(0))
      put(role.rawValue)
    case .memberAgain(let role):
      put(UInt8(1))
      put(role.rawValue)
    case .device(let name):
      put(UInt8(2))
      put(name)
    }
  }

  mutating func put(_ admitted: Admitted) {
    put(admitted.entry)
    put(admitted.member)
    put(admitted.isDevice)
    put(admitted.earlier) { $0.put($1) }
    put(admitted.needs) { $0.put($1) }
    put(admitted.granted)
    put(admitted.isAgain)
    put(admitted.findings) { $0.put($1) }
  }

  mutating func put(_ entry: LoggedEntry) {
    put(Int(clamping: entry.sequence))
    put(entry.device)
    put((try? entry.body.plaintext()) ?? [])
  }

  mutating func put(_ header: RecordHeader) { put(header.bytes) }

  mutating func put(_ proposal: RecordProposal) {
    put(proposal.kind)
    put(proposal.title)
    put(proposal.mediaType)
    put(JSON.object(proposal.details).canonical)
    put(proposal.worked)
    put(proposal.replaces) { $0.put($1) }
    put(proposal.change) { $0.put($1) }
  }

  /// - Parameter json: the record's manifest, as it was signed.
  mutating func put(_ record: Record) {
    put(record.caseID)
    put(record.name.text)
    put((try? record.manifest.json()) ?? [])
    put(record.signature)
    put(record.author)
  }

  mutating func put(_ entry: CaseState.Entry) {
    put(entry.record)
    put(entry.replacedBy) { $0.put($1) }
    put(entry.withdrawnBy) { $0.put($1) }
  }

  mutating func put(_ spool: LeftSpool) {
    put(spool.name)
    put(spool.description) { $0.put($1.json) }
    put(spool.hasContent)
    put(spool.reference) { $0.put($1) }
  }

  mutating func put(_ row: Index.Row) {
    put(row.caseID)
    put(row.summary.bytes)
  }

  mutating func put(_ view: CaseView) {
    put(view.id)
    put(view.details)
    put(view.isOpen)
    for day in [view.opened, view.closed, view.lastWork, view.expires] {
      put(day) { $0.put($1) }
    }
    put(view.entries) { $0.put($1) }
    put(view.damaged) { $0.put($1) }
    put(view.contents) { packet, content in
      packet.put(content.key)
      packet.put(content.value)
    }
  }
}

extension PacketReader {
  mutating func day() throws(FormatError) -> CivilDate {
    guard let day = CivilDate(dayNumber: try number()) else { throw .invalid("day") }
    return day
  }

  mutating func caseDetails() throws(FormatError) -> CaseDetails {
    try CaseDetails(content: try bytes())
  }

  mutating func error() throws(FormatError) -> VaultError {
    guard let code = Int32(exactly: try number()).flatMap(VaultError.Code.init) else {
      throw .invalid("code")
    }
    let message = try text()
    let hint = try optional { (reader) throws(FormatError) in try reader.text() }
    return VaultError(code, message, hint: hint)
  }

  mutating func finding() throws(FormatError) -> Finding {
    guard let kind = Finding.Kind(rawValue: try text()) else { throw .invalid("finding") }
    return Finding(kind, try text(), try text())
  }

  mutating func member() throws(FormatError) -> Member {
    let id = try text()
    let name = try text()
    guard let role = Role(rawValue: try text()) else { throw .invalid("role") }
    return Member(id: id, name: name, role: role)
  }

  mutating func admittance() throws(FormatError) -> Admittance {
    let tag = try tag()
    let text = try text()
    switch (tag, Role(rawValue: text)) {
    case (0, let role?): return .member(role)
    case (1, let role?): return .memberAgain(role)
    case (2, _): return .device(of: text)
    default: throw .invalid("admittance")
    }
  }

  mutating func admitted() throws(FormatError) -> Admitted {
    Admitted(
      entry: try id(), member: try member(), isDevice: try flag(),
      earlier: try optional { (reader) throws(FormatError) in try reader.member() },
      needs: try optional { (reader) throws(FormatError) in try reader.text() },
      granted: try number(), isAgain: try flag(),
      findings: try list { (reader) throws(FormatError) in try reader.finding() })
  }

  mutating func loggedEntry() throws(FormatError) -> LoggedEntry {
    let sequence = try number()
    guard sequence >= 0 else { throw .invalid("sequence") }
    return LoggedEntry(
      sequence: UInt64(sequence), device: try id(), body: try LogBody(try bytes()))
  }

  mutating func header() throws(FormatError) -> RecordHeader { try RecordHeader(try bytes()) }

  mutating func ids() throws(FormatError) -> [Identifier] {
    try list { (reader) throws(FormatError) in try reader.id() }
  }

  mutating func proposal() throws(FormatError) -> RecordProposal {
    let kind = try text()
    let title = try text()
    let mediaType = try text()
    guard let details = try JSON(canonical: try bytes()).object else { throw .notCanonical }
    let worked = try day()
    let replaces = try ids()
    let change = try optional { (reader) throws(FormatError) in try reader.caseDetails() }
    return RecordProposal(
      kind: kind, title: title, mediaType: mediaType, details: details, worked: worked,
      replaces: replaces, change: change)
  }

  mutating func record() throws(FormatError) -> Record {
    let caseID = try id()
    guard let name = RecordName(try text()) else { throw .invalid("name") }
    let manifest = try Manifest(json: try bytes())
    let signature = try bytes()
    return Record(
      id: name.record, name: name, caseID: caseID, manifest: manifest, signature: signature,
      author: try member())
  }

  mutating func entry() throws(FormatError) -> CaseState.Entry {
    CaseState.Entry(record: try record(), replacedBy: try ids(), withdrawnBy: try ids())
  }

  mutating func leftSpool() throws(FormatError) -> LeftSpool {
    LeftSpool(
      name: try text(),
      description: try optional { (reader) throws(FormatError) in
        try SpoolDescription(json: try reader.bytes())
      }, hasContent: try flag(),
      reference: try optional { (reader) throws(FormatError) in try reader.text() })
  }

  mutating func row() throws(FormatError) -> Index.Row {
    Index.Row(caseID: try id(), summary: try IndexRow(try bytes()))
  }

  mutating func caseView() throws(FormatError) -> CaseView {
    let id = try id()
    let details = try caseDetails()
    let isOpen = try flag()
    func optionalDay() throws(FormatError) -> CivilDate? {
      try optional { (reader) throws(FormatError) in try reader.day() }
    }
    let opened = try optionalDay()
    let closed = try optionalDay()
    let lastWork = try optionalDay()
    let expires = try optionalDay()
    let entries = try list { (reader) throws(FormatError) in try reader.entry() }
    let damaged = try list { (reader) throws(FormatError) in try reader.error() }
    let contents = try list { (reader) throws(FormatError) in
      (try reader.id(), try reader.bytes())
    }
    return CaseView(
      id: id, details: details, isOpen: isOpen, opened: opened, closed: closed,
      lastWork: lastWork, expires: expires, entries: entries, damaged: damaged,
      contents: Dictionary(contents) { first, _ in first })
  }
}
