package import CaseVault
import Sealing
package import VaultFormat

extension Office {
  /// What the manager knows of a new client.
  package static func details(
    _ name: String = "Nadia Novák", _ more: [String: JSON] = [:]
  ) -> CaseDetails {
    var members: [String: JSON] = [
      "ref": .string(Reference(random: randomBytes(7)).text),
      "client": ["name": .string(name), "student_id": "s1234567"], "topic": "Housing",
    ]
    members.merge(more) { _, new in new }
    return CaseDetails(members)
  }

  /// Opens a case and makes it durable.
  package func openCase(
    _ details: CaseDetails = Office.details(), worked: CivilDate? = nil,
    in vault: OpenVault? = nil
  ) throws -> Identifier {
    let vault = try vault ?? open()
    let filing = Filing(in: vault)
    let (opening, _) = try filing.open(details, worked: try worked ?? vault.today())
    try filing.commit()
    return opening.caseID
  }

  /// Files one record and makes it durable.
  @discardableResult
  package func file(
    _ content: Content, in caseID: Identifier, title: String = "A note",
    kind: String = RecordKind.note, details: [String: JSON] = [:], worked: CivilDate? = nil,
    replaces: [Identifier] = [], vault: OpenVault? = nil
  ) throws -> Record {
    let vault = try vault ?? open()
    let filing = Filing(in: vault)
    let record = try filing.add(
      NewRecord(
        kind: kind, title: title, mediaType: "text/plain", details: details,
        worked: try worked ?? vault.today(), replaces: replaces, content: content),
      to: caseID)
    try filing.commit()
    return record
  }

  /// Files a note of these bytes.
  @discardableResult
  package func note(
    _ bytes: [UInt8], in caseID: Identifier, vault: OpenVault? = nil
  ) throws -> Record {
    try file(.bytes(bytes), in: caseID, vault: vault)
  }

  /// Changes what is known of a case.
  @discardableResult
  package func update(
    _ caseID: Identifier, _ change: [String: JSON], vault: OpenVault? = nil
  ) throws -> Record {
    let vault = try vault ?? open()
    let filing = Filing(in: vault)
    let record = try filing.update(caseID, CaseDetails(change), worked: vault.today())
    try filing.commit()
    return record
  }

  /// Where a record lies.
  package func path(_ record: Record) -> String {
    "\(CaseKey.folder(of: record.caseID))/\(record.name.text)"
  }

  /// The content of a record as a fresh command reads it.
  package func content(of record: Record, vault: OpenVault? = nil) throws -> [UInt8] {
    let vault = try vault ?? open()
    let file = try vault.caseFile(record.caseID)
    return try vault.reader(of: record, in: file).content(atMost: 1 << 26)
  }
}
