internal import Sealing
package import Storage
package import VaultFormat

/// A vault as anybody sees it who has the folder: closed.
package final class Vault: Sendable {
  package let folder: Folder
  package let id: Identifier
  package let roster: Roster
  /// What was noticed while the roster was read.
  package let findings: [Finding]

  /// Opens the folder and folds its roster.
  ///
  /// - Parameter folder: the vault's root.
  /// - Throws: `noVault` where there is none or only a later program reads it,
  ///   `damaged` where the roster does not verify.
  package init(_ folder: Folder) throws {
    self.folder = folder
    id = try Self.descriptor(in: folder).vault
    var findings: [Finding] = []
    let statements = try Self.statements(in: "roster", of: folder, &findings)
    let (roster, strangers) = try Roster.fold(vault: id, statements)
    self.roster = roster
    for stranger in strangers {
      findings.append(
        Finding(.forged, "roster/\(stranger.text)", "signed by no device with the right to"))
    }
    try Self.refuseUnknown(in: folder, roster)
    self.findings = findings
  }

  private static func descriptor(in folder: Folder) throws -> VaultDescriptor {
    do {
      return try VaultDescriptor(
        folder.read(VaultDescriptor.fileName, atMost: VaultDescriptor.maximumSize))
    } catch let error as StorageError where error.isMissing {
      throw VaultError(
        .noVault, "no vault at \(folder.path)",
        hint: "name one with --vault, or make one with `casevault init`", cause: error)
    } catch let error as StorageError {
      throw VaultError(error, while: "opening the vault")
    } catch let error as FormatError {
      throw VaultError(
        .noVault,
        error == .laterProgram
          ? "the vault at \(folder.path) is of a later casevault"
          : "\(folder.path)/casevault.json is not a vault's", cause: error)
    }
  }

  /// The statements of a folder whose names are their ids, by id. The others
  /// become findings.
  static func statements(
    in path: String, of folder: Folder, _ findings: inout [Finding]
  ) throws -> [Identifier: Statement] {
    let listing = try folder.listing(of: path)
    var statements: [Identifier: Statement] = [:]
    for entry in listing.entries {
      let shown = "\(path)/\(entry.shown)"
      guard entry.kind == .file, let name = entry.name, let id = Identifier(name) else {
        findings.append(Finding(.stranger, shown, "not a file of the vault"))
        continue
      }
      do {
        statements[id] = try statement(id, at: "\(path)/\(name)", of: folder)
      } catch FormatError.laterProgram {
        findings.append(Finding(.stranger, shown, "of a later casevault, if it is of one at all"))
      } catch {
        findings.append(Finding(.damaged, shown, "its content does not fit its name"))
      }
    }
    return statements
  }

  /// A statement whose name is its id.
  ///
  /// What is not even of a statement's size is not read.
  private static func statement(
    _ id: Identifier, at path: String, of folder: Folder
  ) throws -> Statement {
    let file = try folder.open(path)
    guard (Statement.headerSize...Statement.maximumSize).contains(file.size) else {
      throw FormatError.invalid("statement")
    }
    let bytes = try file.read(count: file.size, at: 0)
    guard Identifier(hash(.statement, bytes)) == id else { throw FormatError.invalid("name") }
    return try Statement(bytes)
  }

  /// Refuses a vault that holds, in `keyring` or `shred`, a statement of a kind
  /// that this program does not know, signed by a device of the roster.
  private static func refuseUnknown(in folder: Folder, _ roster: Roster) throws {
    for top in ["keyring", "shred"] {
      for entry in try folder.listing(of: top).entries {
        guard entry.kind == .folder, let name = entry.name else { continue }
        try refuseUnknown(in: "\(top)/\(name)", of: folder, roster)
      }
    }
  }

  private static func refuseUnknown(
    in path: String, of folder: Folder, _ roster: Roster
  ) throws {
    for entry in try folder.listing(of: path).entries {
      guard entry.kind == .file, let name = entry.name,
        let file = try? folder.open("\(path)/\(name)"), file.size <= Statement.maximumSize,
        let head = try? file.read(count: min(file.size, Preamble.size), at: 0),
        Statement.isStatement(head),
        let statement = try? Statement(file.read(count: file.size, at: 0)),
        !Roster.known.contains(statement.kind) || statement.isSealed,
        let signer = roster.standing(of: statement.device),
        statement.isSigned(by: signer.keys.sign)
      else { continue }
      throw roster.refusal(of: statement.kind, at: "\(path)/\(name)")
    }
  }
}

extension Statement {
  /// Whether a preamble is a statement's, sealed or not.
  static func isStatement(_ head: [UInt8]) -> Bool {
    var reader = ByteReader(head)
    guard let preamble = try? Preamble(&reader) else { return false }
    return preamble.type == .statement || preamble.type == .sealedStatement
  }
}

extension Folder {
  /// Lists a folder whole.
  ///
  /// - Throws: `failed` where it cannot be listed, `damaged` where it has more
  ///   names than are ever listed: what is not seen may be what matters.
  func listing(of path: String) throws -> Listing {
    let listing: Listing
    do {
      listing = try list(path)
    } catch {
      throw VaultError(error, while: "listing \(path.isEmpty ? "the vault" : path)")
    }
    guard !listing.truncated else {
      throw VaultError(
        .damaged, "\(path.isEmpty ? "the vault" : path) has more files than a vault can have",
        hint: "somebody or something fills this folder; take its files away by hand")
    }
    return listing
  }
}
