internal import Sealing
internal import Storage
internal import VaultFormat

/// The files of `keyring/`, read and not yet verified.
struct KeyringFiles {
  static let documentName = "document"

  /// By epoch.
  private(set) var epochs: [Identifier: FolderReading] = [:]
  /// Names in `keyring/` that are no epoch's.
  private(set) var strangers: [String] = []

  /// - Parameter known: by epoch, names that the caller has in memory already.
  /// - Throws: `failed` where a folder cannot be listed.
  static func read(
    of folder: Folder, _ copies: Copies?, known: [Identifier: Set<String>] = [:]
  ) throws -> KeyringFiles {
    var files = KeyringFiles()
    var names: Set<Identifier> = []
    for entry in try folder.listing(of: "keyring").entries {
      if entry.kind == .folder, let id = entry.name.flatMap({ Identifier($0) }) {
        names.insert(id)
      } else {
        files.strangers.append(entry.shown)
      }
    }
    names.formUnion((copies?.folders(in: "keyring") ?? []).compactMap { Identifier($0) })
    for id in names {
      files.epochs[id] = try FolderReading.read(
        "keyring/\(id.text)", of: folder, copies, rule(of: id), known: known[id] ?? [])
    }
    return files
  }

  private static func rule(of epoch: Identifier) -> FolderReading.Rule {
    FolderReading.Rule(
      isName: { $0 == documentName || Identifier($0) != nil },
      isSound: { name, bytes in
        name == documentName
          ? Identifier(hash(.statement, bytes)) == epoch
          : Identifier(hash(.segment, bytes)).text == name
            || Identifier(hash(.statement, bytes)).text == name
      },
      maximumSize: KeySegment.maximumSize, fetch: fetch)
  }

  /// A file whose size is what its first bytes ask for; any other is not read to
  /// its end.
  @Sendable private static func fetch(_ shelf: Shelf, _ name: String) throws -> [UInt8] {
    let file = try shelf.open(name)
    guard file.size > Statement.maximumSize else {
      return try file.read(count: file.size, at: 0)
    }
    let head = try file.read(count: KeySegment.headSize, at: 0)
    var reader = ByteReader(head)
    _ = try Preamble(&reader)
    guard name != documentName, file.size <= KeySegment.maximumSize,
      KeySegment.size(from: head) == file.size
    else { throw FormatError.invalid("size") }
    return try file.read(count: file.size, at: 0)
  }
}
