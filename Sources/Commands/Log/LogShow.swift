internal import ArgumentParser
internal import CaseVault
internal import Storage
internal import Terminal
internal import VaultFormat

struct LogShow: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Who opened what, and when: for managers and trustees.",
    discussion: """
      All logs are verified before any entry is shown. What is wrong is named apart, whatever was \
      asked for, and the command then ends with 14.
      """)

  @Option(name: .customLong("case"), help: "Entries of this case.")
  var caseName: String?

  @Option(help: "Entries of this member.")
  var member: String?

  @Option(help: "Entries from this day on.")
  var since: String?

  @Option(help: "Entries up to this day.")
  var until: String?

  @OptionGroup var options: GlobalOptions

  func run() async throws {
    let membership = try Self.membership(options)
    let (entries, findings) = try membership.readLog(filter(membership))
    let output = Output.standard
    for entry in entries {
      if options.json {
        let line = JSON.object(members(of: entry, membership.vault.roster))
        output.json(String(decoding: line.canonical, as: UTF8.self))
      } else if options.quiet {
        output.line("\(entry.device.text) \(entry.sequence)")
      } else {
        output.line(line(of: entry, membership.vault.roster))
      }
    }
    try LogCommand.end(with: findings + membership.log.findings, output)
  }

  /// Opens the identity of a member who may read the log: role first, then key.
  private static func membership(_ options: GlobalOptions) throws -> Membership {
    let vault = try Places.vault(options)
    let home = try Places.home(outside: vault.folder.path)
    let file = try home.identityFile(of: vault.id)
    let role = vault.roster.standing(of: file.device)?.member.role
    guard role == nil || role == .manager || role == .trustee else {
      throw VaultError(
        .refused, "the role \(role?.rawValue ?? "") does not read the access log",
        hint: "`casevault log verify` tells everybody whether it is whole")
    }
    let identity = try Identity.open(file, with: try Passphrase.existing(options))
    return try Membership(vault, identity: identity, home: home) {
      Output.standard.note("waiting for another casevault in this home")
    }
  }

  private func filter(_ membership: Membership) throws -> LogFilter {
    var filter = LogFilter()
    filter.since = try since.map(day)
    filter.until = try until.map(day)
    filter.member = try member.map { try memberID($0, membership) }
    filter.caseID = try caseName.map { try caseID($0, membership) }
    return filter
  }

  private func day(_ typed: String) throws -> CivilDate {
    guard let day = CivilDate(typed) else {
      throw VaultError(.usage, "\(typed) is no date", hint: "write it as 2026-11-22")
    }
    return day
  }

  private func memberID(_ name: String, _ membership: Membership) throws -> String {
    if name == "me" { return membership.member.id }
    let members = membership.vault.roster.members
    let words = SearchWords(name)
    let exact = members.filter { $0.name == name }
    let ids = Set(
      (exact.isEmpty ? members.filter { !words.isEmpty && words.match([$0.name]) } : exact)
        .map(\.id))
    guard let id = ids.first, ids.count == 1 else {
      throw VaultError(
        .notFound, ids.isEmpty ? "no member \(name)" : "several members are called \(name)")
    }
    return id
  }

  /// A case by its id or the beginning of it, which the log may know though the case is gone; by its
  /// reference where the role opens cases.
  private func caseID(_ typed: String, _ membership: Membership) throws -> String {
    if Identifier(typed.lowercased()) != nil { return typed.lowercased() }
    guard membership.member.role.holdsMasterKey else {
      guard typed.utf8.count >= 8, typed.utf8.allSatisfy({ Self.letters.contains($0) }) else {
        throw VaultError(
          .notFound, "no case \(typed)", hint: "name the case by its id, or eight letters of it")
      }
      return typed
    }
    let vault = try OpenVault(membership)
    return try vault.index().caseID(named: typed, in: vault.keyring).text
  }

  private static let letters = Set("abcdefghijklmnopqrstuvwxyz234567".utf8)

  private func line(of entry: LoggedEntry, _ roster: Roster) -> String {
    let body = entry.body
    var words = [body.time.text, roster.name(of: body.member) ?? body.member, body.action]
    if let caseID = body.caseID { words.append("case \(caseID.text.prefix(10))") }
    if let record = body.record { words.append("record \(record.text.prefix(10))") }
    words.append(body.purpose.rawValue)
    if body.outcome != .ok { words.append(body.outcome.rawValue) }
    return words.joined(separator: "  ")
  }

  private func members(of entry: LoggedEntry, _ roster: Roster) -> [String: JSON] {
    let body = entry.body
    return [
      "time": .string(body.time.text),
      "member": .string(roster.name(of: body.member) ?? body.member),
      "device": JSON(entry.device), "action": .string(body.action),
      "case": JSON(body.caseID?.text), "record": JSON(body.record?.text),
      "program": JSON(body.program), "purpose": .string(body.purpose.rawValue),
      "result": .string(body.outcome.rawValue),
      "sequence": .integer(Int(clamping: entry.sequence)),
    ]
  }
}
