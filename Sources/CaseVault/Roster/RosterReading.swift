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
    let (roster, strangers) = try Roster.fold(vault: vault, statements)
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
