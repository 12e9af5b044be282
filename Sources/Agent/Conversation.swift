internal import CaseVault
internal import Storage
internal import VaultFormat

/// One client's requests, from its greeting on.
package final class Conversation {
  let agent: Agent
  private let program: String?
  private(set) var greeting: Request.Greeting?
  private var registrar: VaultRegistrar?
  private var told: Set<Finding> = []
  /// The case that was read last, and when, by the boot clock.
  var looked: (file: CaseFile, at: Int64)?
  /// For whom a mount asks at this moment.
  var actor: Request.Actor?
  /// The states of all cases when a mount asked for changes last.
  var watched: [Identifier: Identifier]?

  /// - Parameter program: the client's executable, where the kernel says.
  package init(with agent: Agent, program: String? = nil) {
    self.agent = agent
    self.program = program
  }

  /// Answers one request. What goes wrong is an answer too.
  ///
  /// - Parameter progress: told how far something long has got.
  package func answer(
    _ request: Request, progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) -> Answer {
    agent.turn.take {
      let reply = replied(to: request, progress)
      settle()
      return Answer(reply, findings: untold())
    }
  }

  /// Answers one request, and has the answer sent before the index is brought up to
  /// what was filed: its author need not wait for that. Whoever asks next does, so
  /// that everybody's next list has it.
  ///
  /// - Parameter send: says whether it could be sent.
  /// - Returns: what `send` does.
  func answer(
    _ request: Request, progress: (_ done: Int, _ total: Int) -> Void,
    send: (Answer) -> Bool
  ) -> Bool {
    let (answer, isSent) = agent.turn.take {
      let reply = replied(to: request, progress)
      let answer = Answer(reply, findings: untold())
      guard let registrar, registrar.isUnsettled else {
        agent.oweSettling()
        return (answer, nil as Bool?)
      }
      // A word or two: it never waits for a client that does not read.
      let isSent = send(answer)
      settle()
      return (answer, isSent)
    }
    return isSent ?? send(answer)
  }

  /// Writes the rows of what was filed; those of a mount, whose files come one by one, together
  /// with the next ones.
  private func settle() {
    if let registrar, registrar.isUnsettled {
      if isMount { agent.settleLater(registrar) } else { registrar.settle() }
    }
    agent.oweSettling()
  }

  /// Whether a mount asks.
  var isMount: Bool { greeting?.action == Request.mountAction }

  private func replied(to request: Request, _ progress: (Int, Int) -> Void) -> Reply {
    agent.membership.forgetNoticed()
    do {
      return try reply(to: request, progress)
    } catch let error as VaultError {
      return .refused(error)
    } catch let error as StorageError {
      return .refused(VaultError(error, while: "working on the vault"))
    } catch {
      return .refused(VaultError(.failed, "the agent could not do this"))
    }
  }

  /// What was noticed and not told in this conversation yet.
  func untold() -> [Finding] {
    let findings = agent.vault?.findings ?? agent.membership.findings
    defer { agent.noteTold() }
    return findings.filter { !agent.told.contains($0) && told.insert($0).inserted }
  }

  private func reply(
    to request: Request, _ progress: (Int, Int) -> Void
  ) throws -> Reply {
    if case .greet(let greeting) = request { return try greet(greeting) }
    guard greeting != nil else {
      throw VaultError(.usage, "a conversation begins with a greeting")
    }
    switch request {
    case .greet, .lock: return .done
    case .list: return .rows(try rows { $0.all })
    case .find(let words): return .rows(try rows { $0.find(words) })
    case .look(let name, let withContents): return .look(try look(name, withContents))
    case .read(let name, let record, let withContent):
      return try read(record, of: name, withContent)
    case .openCase(let details, let worked):
      return .begun(try registering().openCase(details, worked: worked))
    case .begin(let proposal, let caseID):
      return .begun(try begin(proposal, in: caseID))
    case .revise(let record, let proposal):
      try registering().revise(record, to: proposal)
      return .done
    case .finish(let record, let length, let root):
      return .finished(try registering().finish(record, length: length, root: root))
    case .prepare(let records):
      try prepare(records)
      return .done
    case .complete(let records):
      // What was seen of the case since the record was begun is without it.
      for file in try registering().acknowledge(records) {
        agent.mistrust(file.id)
        agent.freshCases.keep(file, isFresh: false)
      }
      return .done
    case .check(let checking): return .report(try check(checking, progress))
    case .admit(let request, let admittance, let words):
      return .admitted(
        try agent.membership.admit(request, as: admittance, words: words))
    case .countersign(let entry, let words):
      return .admitted(try agent.membership.countersign(entry, words: words))
    case .log(let query): return try log(query)
    case .status: return .status(status())
    case .visitAll(let known): return try visitAll(known: known)
    case .visit(let caseID, let known, let next, let isOpened):
      return try visit(caseID, known: known, next: next, isOpened: isOpened)
    case .locate(let reference): return try locate(reference)
    case .lend(let caseID, let record, let known):
      return try lend(record, of: caseID, known: known)
    case .watch: return try changes()
    case .attend: return .done
    case .shelf:
      let (name, key) = try agent.membership.identity.freshShelf()
      return .shelf(name: name, key)
    case .spools(let shelf): return .spools(agent.spools(in: shelf))
    case .resume(let name): return try resume(name)
    case .acting(let actor, let request):
      guard isMount else { throw VaultError(.usage, "only a mount asks for others") }
      self.actor = actor
      defer { self.actor = nil }
      return try reply(to: request, progress)
    }
  }

  private func greet(_ greeting: Request.Greeting) throws -> Reply {
    guard greeting.vault == agent.membership.vault.id else {
      throw VaultError(.noVault, "the agent holds another vault")
    }
    self.greeting = greeting
    try agent.freshen()
    return .greeting(agent.welcome())
  }

  /// The registrar of this conversation's records.
  func registering() throws -> VaultRegistrar {
    if let registrar { return registrar }
    let registrar = VaultRegistrar(of: try openedOrRefused())
    self.registrar = registrar
    return registrar
  }

  /// The vault; what is refused by role is in the log too.
  func openedOrRefused() throws -> OpenVault {
    do {
      return try agent.opened()
    } catch {
      try enter(outcome: .refused)
      throw error
    }
  }

  /// Writes an entry of this conversation's action into the log.
  ///
  /// - Throws: `failed` where it cannot be written: then nothing may be shown.
  func enter(
    _ file: CaseFile? = nil, record: Identifier? = nil, outcome: LogBody.Outcome = .ok,
    isListing: Bool = false
  ) throws {
    guard let greeting else { return }
    var details: [String: JSON] = [:]
    if let reference = file?.state.details.reference { details["ref"] = .string(reference.text) }
    try agent.membership.log.enter(
      AccessEntry(
        actor?.action ?? greeting.action, caseID: file?.id, record: record, program: shownProgram,
        purpose: greeting.purpose, outcome: outcome, details: details),
      caseKey: file?.key, isListing: isListing)
  }

  /// The client's executable as the kernel gives it; casevault's own commands let
  /// nobody look, and say it themselves.
  var shownProgram: String? {
    guard let actor else { return program ?? greeting?.program }
    return actor.program
  }

  /// Ends the conversation: what was begun and not published is dropped.
  package func close() {
    agent.turn.take {
      registrar?.close()
      registrar = nil
    }
  }
}
