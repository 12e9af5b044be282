package import CaseVault
package import VaultFormat

/// What a client asks of an agent.
package enum Request: Sendable {
  /// The first of every conversation: what is about to be done, and what for.
  case greet(Greeting)
  /// All cases. One entry in the log.
  case list
  /// The cases whose summary has all these words. One entry, without the words.
  case find(words: String)
  /// A case, by what a person typed. A reading of the case.
  case look(name: String, withContents: Bool)
  /// One record of a case and, where its content is wanted, the key of that content.
  case read(name: String, record: String, withContent: Bool)
  case openCase(CaseDetails, worked: CivilDate)
  case begin(RecordProposal, caseID: Identifier)
  /// What a record that was begun turned out to be.
  case revise(record: Identifier, RecordProposal)
  case finish(record: Identifier, length: Int, root: Identifier)
  case prepare([Identifier])
  case complete([Identifier])
  case check(Checking)
  /// The admission of a device that asks to join, by what a manager typed.
  case admit(request: String, Admittance, words: String)
  /// A second signature under an admission; the one that waits for this member
  /// unless one is named.
  case countersign(entry: String?, words: String)
  /// Entries of the access log, for auditors.
  case log(LogQuery)
  /// For a mount: the folder of all cases. An entry of a listing; nothing comes back where `known`
  /// is the stamp of what is still so.
  case visitAll(known: Int?)
  /// For a mount: a case's folder, likewise. Who looks at one case after the other is likely to
  /// visit those of `next`: they are read, and nothing of them is told or entered. Where the case's
  /// summary is opened, the entry is that of a reading.
  case visit(Identifier, known: Int?, next: [Identifier], isOpened: Bool)
  /// For a mount: the cases that a reference names. An entry of the listing of all cases.
  case locate(reference: String)
  /// For a mount: one record, as it is opened, and the key of its content; the key alone, where
  /// `known` is the record's signature.
  case lend(caseID: Identifier, record: Identifier, known: [UInt8])
  /// For a mount: which cases others changed since it asked last. No use of the agent.
  case watch
  /// A mount begins, or says how it is. The conversation then waits for the agent to end.
  case attend(MountReport)
  /// A mount begins: a name for the folder of its spools, and the key of these.
  case shelf
  /// The saves that were cut short, of one folder, which whoever asks holds.
  case spools(shelf: String)
  /// One of them, and its key.
  case resume(spool: String)
  /// What somebody else does through a mount.
  indirect case acting(Actor, Request)
  case status
  case lock

  /// For whom a mount asks.
  package struct Actor: Equatable, Sendable {
    /// The action of the log's entries, such as `mount open`.
    package let action: String
    /// The executable, as the kernel gives it.
    package let program: String?

    package init(_ action: String, program: String?) {
      self.action = action
      self.program = program
    }
  }

  /// The action with which a mount greets.
  package static let mountAction = "mount"

  /// Who asks: the words of the command and what they are for.
  package struct Greeting: Equatable, Sendable {
    /// Of the protocol; an agent speaks with clients of its own program only.
    package static let version = 4

    package let vault: Identifier
    /// The command's words, such as `case show`: the action of the log's entries.
    package let action: String
    package let purpose: Purpose
    /// The client's executable: a hint, where the kernel does not tell.
    package let program: String

    package init(vault: Identifier, action: String, purpose: Purpose, program: String) {
      self.vault = vault
      self.action = action
      self.purpose = purpose
      self.program = program
    }
  }

  /// Which entries of the access log are wanted, as a person typed it.
  package struct LogQuery: Equatable, Sendable {
    package let caseName: String?
    package let member: String?
    package let since: CivilDate?
    package let until: CivilDate?

    package init(caseName: String?, member: String?, since: CivilDate?, until: CivilDate?) {
      self.caseName = caseName
      self.member = member
      self.since = since
      self.until = until
    }
  }

  /// How a vault is to be looked through.
  package struct Checking: Equatable, Sendable {
    package let isDeep: Bool
    package let repairs: Bool
    package let looksForLeaks: Bool

    package init(isDeep: Bool, repairs: Bool, looksForLeaks: Bool) {
      self.isDeep = isDeep
      self.repairs = repairs
      self.looksForLeaks = looksForLeaks
    }
  }
}

extension Request {
  private enum Tag: UInt8 {
    case greet = 1
    case list, find, look, read, openCase, begin, finish, prepare, complete, check, admit,
      countersign, log, status, lock, visitAll, visit, locate, lend, watch, attend, spools, resume,
      acting, shelf, revise
  }

  /// The most that a request may have, in bytes: an opening's details and room.
  package static let maximumSize = 1 << 20

  var packet: [UInt8] {
    var packet = Packet()
    packet.put(tag.rawValue)
    switch self {
    case .greet(let greeting):
      packet.put(Greeting.version)
      packet.put(greeting.vault)
      packet.put(greeting.action)
      packet.put(greeting.purpose.rawValue)
      packet.put(greeting.program)
    case .list, .status, .lock, .watch, .shelf: break
    case .visitAll(let known): packet.put(known) { $0.put($1) }
    case .visit(let caseID, let known, let next, let isOpened):
      packet.put(caseID)
      packet.put(known) { $0.put($1) }
      packet.put(next) { $0.put($1) }
      packet.put(isOpened)
    case .locate(let reference): packet.put(reference)
    case .lend(let caseID, let record, let known):
      packet.put(caseID)
      packet.put(record)
      packet.put(known)
    case .attend(let report): packet.put(report)
    case .spools(let shelf): packet.put(shelf)
    case .resume(let name): packet.put(name)
    case .acting(let actor, let request):
      packet.put(actor.action)
      packet.put(actor.program) { $0.put($1) }
      packet.put(request.packet)
    case .find(let words): packet.put(words)
    case .look(let name, let withContents):
      packet.put(name)
      packet.put(withContents)
    case .read(let name, let record, let withContent):
      packet.put(name)
      packet.put(record)
      packet.put(withContent)
    case .openCase(let details, let worked):
      packet.put(details)
      packet.put(worked)
    case .begin(let proposal, let caseID):
      packet.put(proposal)
      packet.put(caseID)
    case .revise(let record, let proposal):
      packet.put(record)
      packet.put(proposal)
    case .finish(let record, let length, let root):
      packet.put(record)
      packet.put(length)
      packet.put(root)
    case .prepare(let records), .complete(let records): packet.put(records) { $0.put($1) }
    case .check(let checking):
      packet.put(checking.isDeep)
      packet.put(checking.repairs)
      packet.put(checking.looksForLeaks)
    case .admit(let request, let admittance, let words):
      packet.put(request)
      packet.put(admittance)
      packet.put(words)
    case .countersign(let entry, let words):
      packet.put(entry) { $0.put($1) }
      packet.put(words)
    case .log(let query):
      packet.put(query.caseName) { $0.put($1) }
      packet.put(query.member) { $0.put($1) }
      packet.put(query.since) { $0.put($1) }
      packet.put(query.until) { $0.put($1) }
    }
    return packet.bytes
  }

  private var tag: Tag {
    switch self {
    case .greet: .greet
    case .list: .list
    case .find: .find
    case .look: .look
    case .read: .read
    case .openCase: .openCase
    case .begin: .begin
    case .revise: .revise
    case .finish: .finish
    case .prepare: .prepare
    case .complete: .complete
    case .check: .check
    case .admit: .admit
    case .countersign: .countersign
    case .log: .log
    case .status: .status
    case .lock: .lock
    case .visitAll: .visitAll
    case .visit: .visit
    case .locate: .locate
    case .lend: .lend
    case .watch: .watch
    case .attend: .attend
    case .shelf: .shelf
    case .spools: .spools
    case .resume: .resume
    case .acting: .acting
    }
  }

  /// Takes a request apart.
  ///
  /// - Throws: `FormatError`; `laterProgram` for a greeting of another version.
  init(_ bytes: [UInt8]) throws(FormatError) {
    var reader = PacketReader(bytes)
    guard let tag = Tag(rawValue: try reader.tag()) else { throw .laterProgram }
    switch tag {
    case .greet: self = .greet(try reader.greeting())
    case .list: self = .list
    case .find: self = .find(words: try reader.text())
    case .look: self = .look(name: try reader.text(), withContents: try reader.flag())
    case .read:
      self = .read(
        name: try reader.text(), record: try reader.text(), withContent: try reader.flag())
    case .openCase: self = .openCase(try reader.caseDetails(), worked: try reader.day())
    case .begin: self = .begin(try reader.proposal(), caseID: try reader.id())
    case .revise: self = .revise(record: try reader.id(), try reader.proposal())
    case .finish:
      self = .finish(
        record: try reader.id(), length: try reader.number(), root: try reader.id())
    case .prepare: self = .prepare(try reader.ids())
    case .complete: self = .complete(try reader.ids())
    case .check:
      self = .check(
        Checking(
          isDeep: try reader.flag(), repairs: try reader.flag(),
          looksForLeaks: try reader.flag()))
    case .admit:
      self = .admit(
        request: try reader.text(), try reader.admittance(), words: try reader.text())
    case .countersign:
      self = .countersign(
        entry: try reader.optional { (reader) throws(FormatError) in try reader.text() },
        words: try reader.text())
    case .log: self = .log(try reader.logQuery())
    case .status: self = .status
    case .lock: self = .lock
    case .visitAll:
      self = .visitAll(
        known: try reader.optional { (reader) throws(FormatError) in try reader.number() })
    case .visit:
      self = .visit(
        try reader.id(),
        known: try reader.optional { (reader) throws(FormatError) in try reader.number() },
        next: try reader.ids(), isOpened: try reader.flag())
    case .locate: self = .locate(reference: try reader.text())
    case .lend:
      self = .lend(
        caseID: try reader.id(), record: try reader.id(), known: try reader.bytes())
    case .watch: self = .watch
    case .attend: self = .attend(try reader.mountReport())
    case .shelf: self = .shelf
    case .spools: self = .spools(shelf: try reader.text())
    case .resume: self = .resume(spool: try reader.text())
    case .acting: self = try reader.acting()
    }
    try reader.end()
  }
}

extension PacketReader {
  fileprivate mutating func acting() throws(FormatError) -> Request {
    let action = try text()
    let program = try optional { (reader) throws(FormatError) in try reader.text() }
    guard (1...64).contains(action.utf8.count), (program?.utf8.count ?? 0) <= 4_096 else {
      throw .invalid("actor")
    }
    let request = try Request(try bytes())
    if case .acting = request { throw .invalid("request") }
    return .acting(Request.Actor(action, program: program), request)
  }

  fileprivate mutating func logQuery() throws(FormatError) -> Request.LogQuery {
    let caseName = try optional { (reader) throws(FormatError) in try reader.text() }
    let member = try optional { (reader) throws(FormatError) in try reader.text() }
    let since = try optional { (reader) throws(FormatError) in try reader.day() }
    let until = try optional { (reader) throws(FormatError) in try reader.day() }
    return Request.LogQuery(caseName: caseName, member: member, since: since, until: until)
  }

  fileprivate mutating func greeting() throws(FormatError) -> Request.Greeting {
    guard try number() == Request.Greeting.version else { throw .laterProgram }
    let vault = try id()
    let action = try text()
    guard let purpose = Purpose(rawValue: try text()) else { throw .invalid("purpose") }
    let program = try text()
    guard (1...64).contains(action.utf8.count), program.utf8.count <= 1_024 else {
      throw .invalid("greeting")
    }
    return Request.Greeting(vault: vault, action: action, purpose: purpose, program: program)
  }
}
