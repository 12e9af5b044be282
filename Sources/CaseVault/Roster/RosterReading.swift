internal import Sealing
internal import Storage
internal import VaultFormat

/// Reads `roster/`: what lies there, and what this computer has seen of it
/// (FORMAT §6.1). Never an older roster than the one seen is folded.
struct RosterReading {
  private(set) var findings: [Finding] = []
  /// Every name in the folder.
  private(set) var names: Set<String> = []
  let roster: Roster

  /// - Throws: as ``Roster/fold(vault:_:)``, and `failed` where the folder cannot
  ///   be read.
  static func read(
    _ vault: Identifier, of folder: Folder, _ copies: Copies?
  ) throws -> RosterReading {
    let reading = try FolderReading.read("roster", of: folder, copies, rule)
    var findings: [Finding] = []
    let statements = statements(in: reading, &findings)
    let seen = Set(reading.files.filter { $0.origin != .share }.compactMap { Identifier($0.name) })
    let (roster, strangers, contradicting) = try fold(vault, statements, seen: seen)
    for id in contradicting {
      findings.append(
        Finding(
          .forged, "roster/\(id.text)",
          "contradicts who is in force as this computer has seen it: tell your manager"))
    }
    for id in strangers {
      let isForged = statements[id].map { roster.holdsWithoutRight($0) } ?? false
      findings.append(
        isForged
          ? Finding(.forged, "roster/\(id.text)", "signed by no device with the right to")
          : Finding(.stranger, "roster/\(id.text)", "signed by nobody on the roster"))
    }
    let valid = Set(statements.keys.filter(roster.knows).map(\.text))
    reading.settle(valid, puttingBack: valid)
    var result = RosterReading(roster: roster)
    result.findings = findings
    result.names = Set(
      reading.files.map(\.name) + reading.strangers + reading.unread.map(\.name))
    return result
  }

  private init(roster: Roster) {
    self.roster = roster
  }

  /// How many new entries are tried one by one where not all of them can be taken.
  private static let maximumTried = 256

  /// Folds the roster so that nobody whom this computer has seen in force is put out,
  /// or another, by what it sees now: a branch that would do so, from wherever it
  /// parts, is not followed (design/vault.md §6, forks).
  ///
  /// - Parameter seen: the entries that this computer has copies of.
  private static func fold(
    _ vault: Identifier, _ statements: [Identifier: Statement], seen: Set<Identifier>
  ) throws(VaultError) -> (
    roster: Roster, strangers: [Identifier], contradicting: [Identifier]
  ) {
    let (whole, strangers) = try Roster.fold(vault: vault, statements)
    let known = statements.filter { seen.contains($0.key) }
    guard known.count < statements.count, let before = try? Roster.fold(vault: vault, known).roster,
      !whole.keeps(before)
    else { return (whole, strangers, []) }
    var taken = known
    var roster = before
    var refused: [Identifier] = []
    for id in whole.order(of: statements.keys.filter { !seen.contains($0) }) {
      var next = taken
      next[id] = statements[id]
      if refused.count < maximumTried, let tried = try? Roster.fold(vault: vault, next).roster,
        tried.knows(id), tried.keeps(roster)
      {
        (taken, roster) = (next, tried)
      } else {
        refused.append(id)
      }
    }
    return (roster, strangers, refused)
  }

  private static let rule = FolderReading.Rule(
    isName: { Identifier($0) != nil },
    isSound: { Identifier(hash(.statement, $1)).text == $0 },
    maximumSize: Statement.maximumSize, fetch: Statement.fetch)

  /// The statements whose names are their ids, by id. The others become findings.
  private static func statements(
    in reading: FolderReading, _ findings: inout [Finding]
  ) -> [Identifier: Statement] {
    for shown in reading.strangers {
      findings.append(Finding(.stranger, "roster/\(shown)", "not a file of the vault"))
    }
    for (name, _) in reading.unread {
      findings.append(Finding(.damaged, "roster/\(name)", "its content does not fit its name"))
    }
    var statements: [Identifier: Statement] = [:]
    for file in reading.files {
      let path = "roster/\(file.name)"
      do {
        guard file.isSound, let id = Identifier(file.name) else {
          throw FormatError.invalid("name")
        }
        statements[id] = try Statement(file.bytes)
      } catch FormatError.laterProgram {
        findings.append(Finding(.stranger, path, "of a later casevault, if it is of one at all"))
      } catch {
        findings.append(Finding(.damaged, path, "its content does not fit its name"))
      }
    }
    return statements
  }
}

extension Roster {
  /// Whether everybody in force there is in force here, as the same.
  fileprivate func keeps(_ before: Roster) -> Bool {
    let devices = self.devices
    return before.devices.allSatisfy { devices[$0] == $1 }
  }

  /// Entries in the order of the roster; what is none is left out.
  fileprivate func order(of ids: [Identifier]) -> [Identifier] {
    ids.compactMap { nodes[$0] }.sorted(by: Node.precedes).map(\.id)
  }

  /// Whether a statement that is no entry is one that a device of the roster
  /// signed for it: then it had no right to.
  fileprivate func holdsWithoutRight(_ statement: Statement) -> Bool {
    guard statement.kind.isRoster, let signer = standing(of: statement.device) else {
      return false
    }
    return statement.isSigned(by: signer.keys.sign)
  }
}

extension Statement {
  /// Reads a file that has at least a statement's size; any other is not read.
  @Sendable static func fetch(_ shelf: Shelf, _ name: String) throws -> [UInt8] {
    let file = try shelf.open(name)
    guard (headerSize...maximumSize).contains(file.size) else {
      throw FormatError.invalid("statement")
    }
    return try file.read(count: file.size, at: 0)
  }
}
