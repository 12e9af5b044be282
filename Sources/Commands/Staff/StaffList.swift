internal import ArgumentParser
internal import CaseVault
internal import Terminal
internal import VaultFormat

struct StaffList: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "Members, admissions that wait, and requests to join.",
    discussion: "Needs no key. The words of a request are with the newcomer, and not here.")

  @OptionGroup var options: GlobalOptions

  func run() async throws {
    let vault = try Places.vault(options)
    let output = Output.standard
    let rows = try rows(of: vault)
    if options.json {
      for row in rows { output.json(row.object) }
    } else if options.quiet {
      for row in rows { output.line(row.id) }
    } else {
      var table = Table([
        .init("Name"), .init("Role"), .init("State"), .init("Id", isWhole: true),
      ])
      for row in rows { table.add([row.name, row.role, row.state, String(row.id.prefix(10))]) }
      output.table(table)
    }
    if output.warn(of: vault.findings) { throw EndedWith(.damaged) }
  }

  private struct Row {
    let id: String
    let name: String
    let role: String
    let state: String
    let object: [String: JSON]
  }

  private func rows(of vault: Vault) throws -> [Row] {
    let computers = Dictionary(grouping: vault.roster.devices.values, by: \.member.id)
    return vault.roster.members.map { row(of: $0, computers[$0.id]?.count ?? 0) }
      + vault.roster.pending.map(row) + (try vault.openRequests().map(row))
  }

  private func row(of member: Member, _ computers: Int) -> Row {
    Row(
      id: member.id, name: member.name, role: member.role.rawValue,
      state: "\(computers) computer\(computers == 1 ? "" : "s")",
      object: [
        "kind": "member", "id": .string(member.id), "name": .string(member.name),
        "role": .string(member.role.rawValue), "computers": .integer(computers),
      ])
  }

  private func row(of pending: Roster.Pending) -> Row {
    Row(
      id: pending.entry.text, name: pending.member.name,
      role: pending.isDevice ? "further computer" : pending.member.role.rawValue,
      state: "waits for \(pending.needs)",
      object: [
        "kind": "pending", "entry": JSON(pending.entry), "name": .string(pending.member.name),
        "role": .string(pending.member.role.rawValue), "computer": .bool(pending.isDevice),
        "needs": .string(pending.needs),
      ])
  }

  private func row(of request: JoinRequest) -> Row {
    Row(
      id: request.id.text, name: request.name, role: "", state: "asks to join",
      object: [
        "kind": "request", "request": JSON(request.id), "name": .string(request.name),
        "time": .string(request.time.text),
      ])
  }
}
