internal import Sealing
package import VaultFormat

extension Roster {
  /// The kinds of statement that this program knows (FORMAT §5.2).
  package static let known: Set<Statement.Kind> = [
    .rosterFound, .rosterAdmit, .rosterKinds, .rosterDevice, .countersignature, .unlockKey,
    .request, .epoch,
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
    var reading = Reading(statements.filter { $0.key != vault && $0.value.vault == vault })
    while let (id, statement, entry) = reading.next(in: roster) {
      switch roster.judge(statement, entry) {
      case .valid(let signatory): roster.add(entry, as: id, by: statement.device, signatory)
      case .later: reading.unknown[id] = statement
      case .invalid: continue
      }
    }
    roster.settle()
    let unknown = reading.unknown.sorted { $0.key < $1.key }.map(\.value)
    if let unknown = unknown.first(where: roster.isSigned) {
      throw roster.refusal(of: unknown.kind)
    }
    if let unknown = roster.kinds.first(where: { $0.must && !known.contains($0.kind) }) {
      throw roster.refusal(of: unknown.kind)
    }
    return (roster, statements.keys.filter { !roster.knows($0) }.sorted())
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

  /// Whether a device in force signed a statement.
  private func isSigned(_ statement: Statement) -> Bool {
    standing(of: statement.device).map { statement.isSigned(by: $0.keys.sign) } ?? false
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

/// The statements of `roster/` on their way into the roster: each comes after all
/// that it builds on.
private struct Reading {
  private var waiting: [Identifier: (statement: Statement, entry: RosterEntry)] = [:]
  private var ready: [Identifier] = []
  /// Of a later program, if a member signed them.
  var unknown: [Identifier: Statement] = [:]

  init(_ statements: [Identifier: Statement]) {
    for (id, statement) in statements where statement.kind != .rosterFound {
      // An epoch's document, copied here, is a stranger and nothing of a later program.
      guard statement.kind.isRoster || !Roster.known.contains(statement.kind) else { continue }
      do {
        guard !statement.isSealed else { throw FormatError.laterProgram }
        waiting[id] = (statement, try RosterEntry(statement))
      } catch FormatError.laterProgram {
        unknown[id] = statement
      } catch {
        continue
      }
    }
  }

  mutating func next(in roster: Roster) -> (Identifier, Statement, RosterEntry)? {
    if ready.isEmpty {
      ready = waiting.filter { $0.value.entry.parents.allSatisfy(roster.knows) }.keys.sorted()
    }
    guard let id = ready.popLast(), let it = waiting.removeValue(forKey: id) else { return nil }
    return (id, it.statement, it.entry)
  }
}
