internal import CaseVault
internal import VaultFormat

extension Conversation {
  /// Entries of the access log, after the entry of this reading.
  func log(_ query: Request.LogQuery) throws -> Reply {
    let membership = agent.membership
    guard [.manager, .trustee].contains(membership.member.role) else {
      try enter(outcome: .refused)
      throw VaultError(
        .refused, "the role \(membership.member.role.rawValue) does not read the access log",
        hint: "`casevault log verify` tells everybody whether it is whole")
    }
    var filter = LogFilter()
    filter.since = query.since
    filter.until = query.until
    filter.member = try query.member.map(memberID)
    filter.caseID = try query.caseName.map(caseID)
    let (entries, findings) = try membership.readLog(filter, program: shownProgram)
    return .log(entries, findings)
  }

  private func memberID(_ name: String) throws(VaultError) -> String {
    let membership = agent.membership
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

  /// A case by its id or the beginning of it, which the log may know though the case
  /// is gone; by its reference where the role opens cases.
  private func caseID(_ typed: String) throws -> String {
    if Identifier(typed.lowercased()) != nil { return typed.lowercased() }
    if let vault = agent.vault { return try vault.caseID(named: typed).text }
    guard typed.utf8.count >= 8, typed.utf8.allSatisfy({ Self.letters.contains($0) }) else {
      throw VaultError(
        .notFound, "no case \(typed)", hint: "name the case by its id, or eight letters of it")
    }
    return typed
  }

  private static let letters = Set("abcdefghijklmnopqrstuvwxyz234567".utf8)
}
