internal import Sealing
package import VaultFormat

extension Roster {
  /// The kinds of statement that this program knows (FORMAT §5.2).
  package static let known: Set<Statement.Kind> = [
    .rosterFound, .rosterAdmit, .rosterKinds, .unlockKey, .epoch,
  ]

  /// Folds the statements of `roster/`.
  ///
  /// - Parameter statements: by the ids that their bytes have.
  /// - Returns: the roster, and the ids of statements that no device of it signed.
  /// - Throws: `damaged` without a first entry that has the vault's id; `noVault`
  ///   where a device of the roster signed what this program does not know.
  package static func fold(
    vault: Identifier, _ statements: [Identifier: Statement]
  ) throws(VaultError) -> (roster: Roster, strangers: [Identifier]) {
    var roster = try founded(vault, statements[vault])
    var waiting = statements
    waiting[vault] = nil
    var strangers: [Identifier] = []
    var later: [Statement] = []
    var progressed = true
    while progressed {
      progressed = false
      for (id, statement) in waiting.sorted(by: { $0.key < $1.key }) {
        switch roster.judge(statement) {
        case .valid(let entry): roster.add(entry, as: id)
        case .later: later.append(statement)
        case .invalid: strangers.append(id)
        case .notYet: continue
        }
        waiting[id] = nil
        progressed = true
      }
    }
    if let unknown = later.first { throw roster.refusal(of: unknown.kind) }
    if let unknown = roster.kinds.first(where: { $0.must && !known.contains($0.kind) }) {
      throw roster.refusal(of: unknown.kind)
    }
    return (roster, strangers + waiting.keys.sorted())
  }

  private enum Judgement {
    case valid(RosterEntry)
    case later
    case notYet
    case invalid
  }

  private static func founded(
    _ vault: Identifier, _ statement: Statement?
  ) throws(VaultError) -> Roster {
    guard let statement, statement.kind == .rosterFound,
      statement.vault == .zero, statement.roster == .zero,
      case .found(let founding)? = try? RosterEntry(statement),
      founding.member.role == .manager, founding.device.id == statement.device,
      statement.isSigned(by: founding.device.sign)
    else {
      throw VaultError(
        .damaged, "the vault's first roster entry is missing or damaged",
        hint: VaultError.restoreHint)
    }
    return Roster(vault: vault, founding: founding)
  }

  /// What a statement of `roster/` is, as far as the roster is known by now.
  private func judge(_ statement: Statement) -> Judgement {
    guard statement.vault == vault, statement.kind != .rosterFound else { return .invalid }
    let signer = devices[statement.device]
    guard let signer else { return .notYet }
    guard statement.isSigned(by: signer.keys.sign) else { return .invalid }
    // An epoch's document, copied here, is a stranger and nothing of a later program.
    guard statement.kind.isRoster || !Self.known.contains(statement.kind) else { return .invalid }
    guard !statement.isSealed else { return .later }
    do {
      let entry = try RosterEntry(statement)
      guard entry.parents.allSatisfy(knows) else { return .notYet }
      guard statement.roster == entry.parents.first,
        isManager(statement.device, atAll: entry.parents)
      else { return .invalid }
      return judge(entry)
    } catch .laterProgram {
      return .later
    } catch {
      return .invalid
    }
  }

  private func judge(_ entry: RosterEntry) -> Judgement {
    guard case .admit(let admission) = entry else { return .valid(entry) }
    // The admission of the other roles needs a second signature, which a later
    // program brings.
    guard admission.member.role == .adviser || admission.member.role == .desk else {
      return .later
    }
    // Cases were destroyed that this program would show.
    guard admission.tombstones.isEmpty else { return .later }
    let isKnown =
      devices[admission.device.id] != nil
      || members.contains { $0.id == admission.member.id }
    return isKnown ? .invalid : .valid(entry)
  }

  private func isManager(_ device: Identifier, atAll heads: [Identifier]) -> Bool {
    heads.allSatisfy { standing(of: device, at: $0)?.member.role == .manager }
  }

  /// The refusal of a vault that has statements of an unknown kind.
  ///
  /// - Parameter path: where one was met.
  package func refusal(of kind: Statement.Kind, at path: String? = nil) -> VaultError {
    let version = kinds.first { $0.kind == kind }?.since
    let place = path.map { " (\($0))" } ?? ""
    return VaultError(
      .noVault,
      "this vault has statements of kind \(kind.rawValue), which this casevault does not know\(place)",
      hint: version.map { "install casevault \($0) or later" }
        ?? "install the newest casevault")
  }
}
