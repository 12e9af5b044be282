package import CaseVault
package import VaultFormat

/// How requests get to an agent: in this process, or over its socket.
package protocol AgentLine: AnyObject {
  /// - Throws: `locked` where the agent is gone, `failed`.
  func ask(_ request: Request, progress: (_ done: Int, _ total: Int) -> Void) throws -> Answer

  /// Ends the conversation.
  ///
  /// - Returns: what was noticed while it ended.
  func close() -> [Finding]

  /// Waits until the agent says something unasked, or is gone.
  func awaitWord()

  /// Waits until the agent is gone.
  func awaitEnd()
}

/// What a command sees of an agent, near or far.
package final class AgentClient: Registrar {
  private let line: any AgentLine
  package let welcome: Reply.Welcome
  /// What the agent noticed so far, each once.
  package private(set) var findings: [Finding] = []

  /// Greets the agent.
  ///
  /// - Throws: `VaultError`.
  package init(_ line: any AgentLine, _ greeting: Request.Greeting) throws {
    self.line = line
    let answer = try line.ask(.greet(greeting)) { _, _ in }
    switch answer.reply {
    case .greeting(let welcome): self.welcome = welcome
    case .refused(let error): throw error
    default: throw Self.nonsense
    }
    findings = answer.findings
  }

  /// A conversation that lasts all day does not gather without end.
  private static let maximumFindings = 10_000

  private static let nonsense = VaultError(
    .failed, "the agent gave no sense", hint: "lock it with `casevault lock`, and unlock again")

  /// For whom a mount asks from now on; nil for itself.
  package var actor: Request.Actor?

  private func ask(
    _ request: Request, progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws -> Reply {
    let answer = try line.ask(
      actor.map { Request.acting($0, request) } ?? request, progress: progress)
    if findings.count < Self.maximumFindings { findings += answer.findings }
    if case .refused(let error) = answer.reply { throw error }
    return answer.reply
  }

  /// Ends the conversation.
  package func close() { findings += line.close() }

  /// All cases.
  package func list() throws -> [Index.Row] { try rows(.list) }

  /// The cases whose summary has all these words.
  package func find(_ words: String) throws -> [Index.Row] { try rows(.find(words: words)) }

  private func rows(_ request: Request) throws -> [Index.Row] {
    guard case .rows(let rows) = try ask(request) else { throw Self.nonsense }
    return rows
  }

  /// The case that a person named.
  ///
  /// - Parameter withContents: also what its openings, updates and withdrawals say.
  package func look(_ name: String, withContents: Bool = false) throws -> CaseView {
    guard
      case .look(let view) = try ask(.look(name: name, withContents: withContents))
    else { throw Self.nonsense }
    return view
  }

  /// A record of a case.
  package func entry(_ record: String, of name: String) throws -> CaseState.Entry {
    guard
      case .record(let entry, _) = try ask(
        .read(name: name, record: record, withContent: false))
    else { throw Self.nonsense }
    return entry
  }

  /// A record of a case and the key of its content.
  package func content(
    of record: String, in name: String
  ) throws -> (entry: CaseState.Entry, key: LentKey) {
    guard
      case .record(let entry, let key?) = try ask(
        .read(name: name, record: record, withContent: true))
    else { throw Self.nonsense }
    return (entry, key)
  }

  package func openCase(_ details: CaseDetails, worked: CivilDate) throws -> BegunRecord {
    try begun(.openCase(details, worked: worked))
  }

  package func begin(_ proposal: RecordProposal, in caseID: Identifier) throws -> BegunRecord {
    try begun(.begin(proposal, caseID: caseID))
  }

  package func revise(_ record: Identifier, to proposal: RecordProposal) throws {
    try done(.revise(record: record, proposal))
  }

  private func begun(_ request: Request) throws -> BegunRecord {
    guard case .begun(let begun) = try ask(request) else { throw Self.nonsense }
    return begun
  }

  package func finish(
    _ record: Identifier, length: Int, root: Identifier
  ) throws -> FinishedRecord {
    guard
      case .finished(let finished) = try ask(
        .finish(record: record, length: length, root: root)),
      finished.front.count == RecordLayout.contentOffset
    else { throw Self.nonsense }
    return finished
  }

  package func prepare(_ records: [Identifier]) throws { try done(.prepare(records)) }

  package func complete(_ records: [Identifier]) throws { try done(.complete(records)) }

  /// Looks through the vault.
  package func check(
    _ checking: Request.Checking, progress: (_ done: Int, _ total: Int) -> Void
  ) throws -> Check.Report {
    guard case .report(let report) = try ask(.check(checking), progress: progress) else {
      throw Self.nonsense
    }
    return report
  }

  /// Admits a device that asks to join.
  package func admit(
    _ request: String, as admittance: Admittance, words: String
  ) throws -> Admitted {
    try admitted(.admit(request: request, admittance, words: words))
  }

  /// Signs an admission a second time.
  package func countersign(_ entry: String?, words: String) throws -> Admitted {
    try admitted(.countersign(entry: entry, words: words))
  }

  private func admitted(_ request: Request) throws -> Admitted {
    guard case .admitted(let admitted) = try ask(request) else { throw Self.nonsense }
    return admitted
  }

  /// Entries of the access log, and what is wrong with any log.
  package func log(
    _ query: Request.LogQuery
  ) throws -> (entries: [LoggedEntry], findings: [Finding]) {
    guard case .log(let entries, let findings) = try ask(.log(query)) else {
      throw Self.nonsense
    }
    return (entries, findings)
  }

  /// All cases, unless they are as they were at `known`.
  package func visitAll(known: Int?) throws -> (rows: [Index.Row], stamp: Int)? {
    switch try ask(.visitAll(known: known)) {
    case .unchanged: return nil
    case .folder(let rows, let stamp): return (rows, stamp)
    default: throw Self.nonsense
    }
  }

  /// The cases with a reference.
  package func locate(_ reference: Reference) throws -> [Index.Row] {
    guard case .rows(let rows) = try ask(.locate(reference: reference.text)) else {
      throw Self.nonsense
    }
    return rows
  }

  /// One case, unless it is as it was at `known`.
  ///
  /// - Parameters:
  ///   - next: cases that are likely to be visited soon.
  ///   - isOpened: whether this is a reading of the case, and not of its names only.
  package func visit(
    _ caseID: Identifier, known: Int?, next: [Identifier] = [], isOpened: Bool = false
  ) throws -> (view: CaseView, stamp: Int)? {
    switch try ask(.visit(caseID, known: known, next: next, isOpened: isOpened)) {
    case .unchanged: return nil
    case .caseFolder(let view, let stamp): return (view, stamp)
    default: throw Self.nonsense
    }
  }

  /// A record that a program opens, and the key of its content.
  ///
  /// - Parameter known: the record, where it was seen before.
  package func lend(
    _ record: Identifier, of caseID: Identifier, known: Record? = nil
  ) throws -> (record: Record, key: LentKey) {
    let request = Request.lend(caseID: caseID, record: record, known: known?.signature ?? [])
    switch (try ask(request), known) {
    case (.key(let key), let known?): return (known, key)
    case (.record(let entry, let key?), _): return (entry.record, key)
    default: throw Self.nonsense
    }
  }

  /// The cases that changed since this was asked last.
  package func changes() throws -> [Identifier] {
    guard case .changed(let cases) = try ask(.watch) else { throw Self.nonsense }
    return cases
  }

  /// Tells the agent of a mount.
  package func attend(_ report: MountReport) throws { try done(.attend(report)) }

  /// Waits until the agent is about to end, after ``attend(_:)``. It waits for this conversation's
  /// end in turn.
  package func awaitEnd() { line.awaitWord() }

  /// A name for the folder of this process's spools, and the key of these.
  package func shelf() throws -> (name: String, key: LentKey) {
    guard case .shelf(let name, let key) = try ask(.shelf) else { throw Self.nonsense }
    return (name, key)
  }

  /// The saves that were cut short, of one folder, which is held meanwhile.
  package func spools(in shelf: LeftShelf) throws -> [LeftSpool] {
    guard case .spools(let spools) = try ask(.spools(shelf: shelf.name)) else {
      throw Self.nonsense
    }
    return spools
  }

  /// One of them.
  package func resume(_ name: String) throws -> (description: SpoolDescription, key: LentKey) {
    guard case .spool(let description, let key) = try ask(.resume(spool: name)) else {
      throw Self.nonsense
    }
    return (description, key)
  }

  private func done(_ request: Request) throws {
    guard case .done = try ask(request) else { throw Self.nonsense }
  }

  package func status() throws -> Reply.Status {
    guard case .status(let status) = try ask(.status) else { throw Self.nonsense }
    return status
  }

  /// Tells an agent to end, and waits until it is gone. It needs no greeting: keys
  /// are to go whatever else is wrong.
  ///
  /// - Throws: `VaultError`.
  package static func lock(_ line: any AgentLine) throws {
    let answer = try line.ask(.lock) { _, _ in }
    if case .refused(let error) = answer.reply { throw error }
    line.awaitEnd()
  }
}

/// An agent that is this very process: a command with a passphrase.
package final class NearLine: AgentLine {
  private let agent: Agent
  private let conversation: Conversation

  package init(_ agent: Agent, program: String?) {
    self.agent = agent
    conversation = Conversation(with: agent, program: program)
  }

  package func ask(
    _ request: Request, progress: (_ done: Int, _ total: Int) -> Void
  ) throws -> Answer {
    conversation.answer(request, progress: progress)
  }

  package func close() -> [Finding] {
    conversation.close()
    agent.close()
    // The log's are told again at the end: only now it is known how things stand.
    let log = agent.membership.log.findings
    return log + conversation.untold().filter { !log.contains($0) }
  }

  package func awaitWord() {}

  package func awaitEnd() { _ = close() }
}
