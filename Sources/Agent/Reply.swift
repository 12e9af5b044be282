package import CaseVault
package import VaultFormat

/// What an agent answers.
package enum Reply: Sendable {
  case greeting(Welcome)
  case rows([Index.Row])
  case look(CaseView)
  /// One record's entry and, where it was asked for, the key of its content.
  case record(CaseState.Entry, LentKey?)
  /// The key of the content of a record that is known.
  case key(LentKey)
  case begun(BegunRecord)
  case finished(FinishedRecord)
  case done
  /// Something long goes on: so much of so much is done.
  case progress(done: Int, total: Int)
  case report(Check.Report)
  case admitted(Admitted)
  /// Entries, and what is wrong with any log, whatever was asked for.
  case log([LoggedEntry], [Finding])
  case status(Status)
  /// What was visited is as it was.
  case unchanged
  /// The rows of all cases, and their stamp.
  case folder([Index.Row], stamp: Int)
  /// One case, and its stamp.
  case caseFolder(CaseView, stamp: Int)
  case changed([Identifier])
  /// The name of a folder of spools that is to be, and the key of these.
  case shelf(name: String, LentKey)
  case spools([LeftSpool])
  case spool(SpoolDescription, LentKey)
  case refused(VaultError)
  /// As many clients are served as may be: nothing was done.
  case busy

  /// Whom the client speaks with.
  package struct Welcome: Sendable {
    package let member: Member
    package let device: Identifier
    package let members: [Member]
    package let service: String
    package let timeZone: String

    package init(
      member: Member, device: Identifier, members: [Member], service: String, timeZone: String
    ) {
      self.member = member
      self.device = device
      self.members = members
      self.service = service
      self.timeZone = timeZone
    }
  }

  /// How an agent is.
  package struct Status: Sendable {
    /// Seconds until it locks itself unless it is used.
    package let remaining: Int
    package let cases: Int
    /// Entries of the log that are not in the vault yet.
    package let unshipped: Int
    package let process: Int
    package let locksAllMemory: Bool
    package let mounts: [MountReport]

    package init(
      remaining: Int, cases: Int, unshipped: Int, process: Int, locksAllMemory: Bool,
      mounts: [MountReport]
    ) {
      self.mounts = mounts
      self.remaining = remaining
      self.cases = cases
      self.unshipped = unshipped
      self.process = process
      self.locksAllMemory = locksAllMemory
    }
  }
}

/// An answer with what was noticed on the way to it.
package struct Answer: Sendable {
  package let reply: Reply
  package let findings: [Finding]

  package init(_ reply: Reply, findings: [Finding] = []) {
    self.reply = reply
    self.findings = findings
  }
}

extension Answer {
  private enum Tag: UInt8 {
    case greeting = 1
    case rows, look, record, begun, finished, done, progress, report, admitted, log, status, refused
    case unchanged, folder, caseFolder, changed, spools, spool, shelf, key, busy
  }

  /// The most that an answer may have, in bytes: the rows of 100,000 cases and room.
  static let maximumSize = 256 << 20

  /// The message's body. A lent key is no part of it: it follows in 32 bytes of its own.
  var packet: [UInt8] {
    var packet = Packet()
    switch reply {
    case .greeting(let welcome):
      packet.put(Tag.greeting.rawValue)
      packet.put(welcome.member)
      packet.put(welcome.device)
      packet.put(welcome.members) { $0.put($1) }
      packet.put(welcome.service)
      packet.put(welcome.timeZone)
    case .rows(let rows):
      packet.put(Tag.rows.rawValue)
      packet.put(rows) { $0.put($1) }
    case .look(let view):
      packet.put(Tag.look.rawValue)
      packet.put(view)
    case .key: packet.put(Tag.key.rawValue)
    case .busy: packet.put(Tag.busy.rawValue)
    case .record(let entry, _):
      packet.put(Tag.record.rawValue)
      packet.put(entry)
    case .begun(let begun):
      packet.put(Tag.begun.rawValue)
      packet.put(begun.header)
      packet.put(begun.change) { $0.put($1) }
    case .finished(let finished):
      packet.put(Tag.finished.rawValue)
      packet.put(finished.record)
      packet.put(finished.front)
    case .done: packet.put(Tag.done.rawValue)
    case .progress(let done, let total):
      packet.put(Tag.progress.rawValue)
      packet.put(done)
      packet.put(total)
    case .report(let report):
      packet.put(Tag.report.rawValue)
      for number in [report.cases, report.records, report.bytes, report.repaired] {
        packet.put(number)
      }
      packet.put(report.findings) { $0.put($1) }
    case .admitted(let admitted):
      packet.put(Tag.admitted.rawValue)
      packet.put(admitted)
    case .log(let entries, let findings):
      packet.put(Tag.log.rawValue)
      packet.put(entries) { $0.put($1) }
      packet.put(findings) { $0.put($1) }
    case .status(let status):
      packet.put(Tag.status.rawValue)
      for number in [status.remaining, status.cases, status.unshipped, status.process] {
        packet.put(number)
      }
      packet.put(status.locksAllMemory)
      packet.put(status.mounts) { $0.put($1) }
    case .unchanged: packet.put(Tag.unchanged.rawValue)
    case .folder(let rows, let stamp):
      packet.put(Tag.folder.rawValue)
      packet.put(rows) { $0.put($1) }
      packet.put(stamp)
    case .caseFolder(let view, let stamp):
      packet.put(Tag.caseFolder.rawValue)
      packet.put(view)
      packet.put(stamp)
    case .changed(let cases):
      packet.put(Tag.changed.rawValue)
      packet.put(cases) { $0.put($1) }
    case .shelf(let name, _):
      packet.put(Tag.shelf.rawValue)
      packet.put(name)
    case .spools(let spools):
      packet.put(Tag.spools.rawValue)
      packet.put(spools) { $0.put($1) }
    case .spool(let description, _):
      packet.put(Tag.spool.rawValue)
      packet.put(description.json)
    case .refused(let error):
      packet.put(Tag.refused.rawValue)
      packet.put(error)
    }
    packet.put(findings) { $0.put($1) }
    return packet.bytes
  }

  /// The key that follows the body.
  var key: LentKey? {
    switch reply {
    case .record(_, let key): key
    case .key(let key): key
    case .begun(let begun): begun.contentKey
    case .shelf(_, let key): key
    case .spool(_, let key): key
    default: nil
    }
  }

  /// Takes an answer apart.
  ///
  /// - Parameter key: what followed the body.
  /// - Throws: `FormatError`.
  init(_ bytes: [UInt8], key: LentKey?) throws(FormatError) {
    var reader = PacketReader(bytes)
    guard let tag = Tag(rawValue: try reader.tag()) else { throw .laterProgram }
    reply = try Self.reply(tag, &reader, key)
    findings = try reader.list { (reader) throws(FormatError) in try reader.finding() }
    try reader.end()
  }

  private static func reply(
    _ tag: Tag, _ reader: inout PacketReader, _ key: LentKey?
  ) throws(FormatError) -> Reply {
    switch tag {
    case .greeting: return .greeting(try reader.welcome())
    case .rows:
      return .rows(try reader.list { (reader) throws(FormatError) in try reader.row() })
    case .look: return .look(try reader.caseView())
    case .record: return .record(try reader.entry(), key)
    case .key:
      guard let key else { throw .truncated }
      return .key(key)
    case .begun:
      let header = try reader.header()
      let change = try reader.optional { (reader) throws(FormatError) in
        try reader.caseDetails()
      }
      guard let key else { throw .missing("key") }
      return .begun(BegunRecord(header: header, contentKey: key, change: change))
    case .finished:
      return .finished(FinishedRecord(record: try reader.record(), front: try reader.bytes()))
    case .done: return .done
    case .progress: return .progress(done: try reader.number(), total: try reader.number())
    case .report: return .report(try reader.report())
    case .admitted: return .admitted(try reader.admitted())
    case .log:
      return .log(
        try reader.list { (reader) throws(FormatError) in try reader.loggedEntry() },
        try reader.list { (reader) throws(FormatError) in try reader.finding() })
    case .status:
      return .status(
        Reply.Status(
          remaining: try reader.number(), cases: try reader.number(),
          unshipped: try reader.number(), process: try reader.number(),
          locksAllMemory: try reader.flag(),
          mounts: try reader.list { (reader) throws(FormatError) in try reader.mountReport() }))
    case .unchanged: return .unchanged
    case .folder:
      return .folder(
        try reader.list { (reader) throws(FormatError) in try reader.row() },
        stamp: try reader.number())
    case .caseFolder: return .caseFolder(try reader.caseView(), stamp: try reader.number())
    case .changed: return .changed(try reader.ids())
    case .shelf:
      let name = try reader.text()
      guard let key else { throw .missing("key") }
      return .shelf(name: name, key)
    case .spools:
      return .spools(
        try reader.list { (reader) throws(FormatError) in try reader.leftSpool() })
    case .spool:
      let description = try SpoolDescription(json: try reader.bytes())
      guard let key else { throw .missing("key") }
      return .spool(description, key)
    case .refused: return .refused(try reader.error())
    case .busy: return .busy
    }
  }
}

extension PacketReader {
  fileprivate mutating func welcome() throws(FormatError) -> Reply.Welcome {
    let member = try member()
    let device = try id()
    let members = try list { (reader) throws(FormatError) in try reader.member() }
    return Reply.Welcome(
      member: member, device: device, members: members, service: try text(),
      timeZone: try text())
  }

  fileprivate mutating func report() throws(FormatError) -> Check.Report {
    Check.Report(
      cases: try number(), records: try number(), bytes: try number(), repaired: try number(),
      findings: try list { (reader) throws(FormatError) in try reader.finding() })
  }
}
