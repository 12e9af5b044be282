internal import VaultFormat

extension Roster {
  /// What an entry is whose parents are all known.
  enum Judgement {
    /// With the member whose device signed it.
    case valid(signatory: String)
    case later
    case invalid
  }

  /// Judges an entry at all its parents, each by itself and together: whether its
  /// signer had the right to make it (FORMAT §6.1).
  func judge(_ statement: Statement, _ entry: RosterEntry) -> Judgement {
    let parents = entry.parents
    let forces = parents.compactMap(force(at:))
    let standings = forces.compactMap { $0.devices[statement.device] }
    guard let signer = standings.first, standings.count == parents.count,
      standings.allSatisfy({ $0.member.id == signer.member.id }),
      statement.roster == parents.first, statement.isSigned(by: signer.keys.sign)
    else { return .invalid }
    let lineage = lineage(of: parents)
    let together = parents.count == 1 ? forces[0] : force(in: lineage)
    let isOfManager = standings.allSatisfy { $0.member.role == .manager }
    let isValid =
      switch entry {
      case .found: false
      case .kinds: isOfManager
      case .admit(let admission): isOfManager && isNew(admission, in: together)
      case .device(let further): isOfManager && isNew(further, in: together)
      case .countersign(let second):
        lineage.contains(second.entry)
          && forces.allSatisfy { seconds(second.entry, statement.device, in: $0) }
      }
    guard isValid else { return .invalid }
    // Cases were destroyed that this program would show.
    guard entry.sight?.tombstones.isEmpty ?? true else { return .later }
    return .valid(signatory: signer.member.id)
  }

  private func isNew(_ admission: RosterEntry.Admission, in force: Force) -> Bool {
    let isKnown = admission.earlier.map { force.members[$0] != nil } ?? true
    return isKnown && force.devices[admission.device.id] == nil
      && force.members[admission.member.id] == nil
  }

  private func isNew(_ further: RosterEntry.Device, in force: Force) -> Bool {
    force.members[further.member] != nil && force.devices[further.device.id] == nil
  }
}
