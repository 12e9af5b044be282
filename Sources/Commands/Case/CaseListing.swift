internal import CaseVault
internal import Terminal
internal import VaultFormat

extension Session {
  /// Prints rows of the index as a table, as JSON lines or as ids.
  func list(_ rows: [Index.Row]) {
    if options.json {
      for row in rows { json(object(row)) }
    } else if options.quiet {
      for row in rows { output.line(row.caseID.text) }
    } else if rows.isEmpty {
      output.note("no case")
    } else {
      var table = Table([
        .init("Reference", isWhole: true), .init("Client"), .init("Topic"), .init("Adviser"),
        .init("Last work"), .init("Status"),
      ])
      for row in rows {
        table.add([
          row.summary.texts(.reference).first ?? String(row.caseID.text.prefix(12)),
          clientText(row.summary), row.summary.texts(.topic).first ?? "",
          row.summary.texts(.adviser).first.map(memberName) ?? "", row.summary.lastWork.text,
          row.summary.isOpen ? "open" : "closed",
        ])
      }
      output.table(table)
    }
  }

  private func clientText(_ row: IndexRow) -> String {
    row.texts(.client).first ?? row.texts(.pseudonym).first.map { "“\($0)”" }
      ?? row.texts(.studentID).first ?? row.texts(.email).first ?? "(anonymous)"
  }

  private func object(_ row: Index.Row) -> [String: JSON] {
    [
      "ref": JSON(row.summary.texts(.reference).first), "id": JSON(row.caseID),
      "status": .string(row.summary.isOpen ? "open" : "closed"),
      "client": .object(client(row.summary)), "parties": JSON(row.summary.texts(.party)),
      "topic": JSON(row.summary.texts(.topic).first),
      "adviser": JSON(row.summary.texts(.adviser).first.map(memberName)),
      "opened": .string(row.summary.opened.text), "closed": JSON(row.summary.closed?.text),
      "last_work": .string(row.summary.lastWork.text),
      "expires": .string(row.summary.expires.text),
    ]
  }

  private func client(_ row: IndexRow) -> [String: JSON] {
    var client: [String: JSON] = [:]
    client["name"] = row.texts(.client).first.map(JSON.string)
    client["pseudonym"] = row.texts(.pseudonym).first.map(JSON.string)
    client["student_id"] = row.texts(.studentID).first.map(JSON.string)
    if !row.texts(.email).isEmpty { client["emails"] = JSON(row.texts(.email)) }
    if !row.texts(.telephone).isEmpty { client["phones"] = JSON(row.texts(.telephone)) }
    return client
  }
}
