package import VaultFormat

extension Roster {
  /// What everybody is told of a change to the roster.
  package struct Notice: Equatable, Sendable {
    package let entry: Identifier
    package let time: Timestamp
    /// One line, with names of members and no others.
    package let text: String
  }

  /// What happened to the roster that a device had not seen at a head, in the order
  /// of the roster; everything where it had seen nothing.
  package func notices(since head: Identifier? = nil) -> [Notice] {
    let seen = head.flatMap { nodes[$0]?.lineage } ?? []
    return nodes.values.filter { !seen.contains($0.id) }.sorted(by: Node.precedes)
      .compactMap(notice)
  }

  private func notice(_ node: Node) -> Notice? {
    let who = personName(node.signatory)
    switch node.entry {
    case .found(let it):
      return Notice(entry: node.id, time: it.time, text: "\(it.member.name) founded the vault")
    case .admit(let it):
      let again = it.earlier == nil ? "" : ", who lost all their computers,"
      return Notice(
        entry: node.id, time: it.time,
        text: "\(who) admitted \(it.member.name)\(again) as \(it.member.role.rawValue)"
          + remark(on: node))
    case .device(let it):
      return Notice(
        entry: node.id, time: it.time,
        text: "\(who) admitted a further computer of \(personName(it.member))" + remark(on: node))
    case .countersign(let it):
      return Notice(
        entry: node.id, time: it.time, text: "\(who) countersigned the admission of \(whom(it))")
    case .kinds: return nil
    }
  }

  private func whom(_ second: RosterEntry.Countersignature) -> String {
    switch nodes[second.entry]?.entry {
    case .admit(let it): it.member.name
    case .device(let it): "a further computer of \(personName(it.member))"
    default: ""
    }
  }

  /// What is unusual about an admission.
  private func remark(on node: Node) -> String {
    if let pending = pending(node.id) { return "; it waits for \(pending.needs)" }
    guard case .admit(let it) = node.entry, it.member.role.isSenior else { return "" }
    let isSeconded = nodes.values.contains {
      if case .countersign(let second) = $0.entry { second.entry == node.id } else { false }
    }
    return isSeconded ? "" : " alone, without a second signature"
  }

  /// A member's name, of one who waits, too.
  private func personName(_ member: String) -> String { name(of: member) ?? member }
}
