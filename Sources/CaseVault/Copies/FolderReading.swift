internal import Storage
internal import VaultFormat

/// One folder of the vault as an unlock reads it: the names that this computer
/// has a sound copy of from there, the others from the share, eight at a time.
///
/// What verifies is for the caller to say, who then calls ``settle(_:puttingBack:)``.
struct FolderReading {
  enum Origin { case share, copy, vanished }

  /// A file and where its bytes are from.
  struct File {
    let name: String
    let bytes: [UInt8]
    let origin: Origin
    /// Whether the bytes are those that the name asks for.
    let isSound: Bool
  }

  /// How the files of a folder are told and read.
  struct Rule: Sendable {
    /// Whether a name is one of this folder's.
    let isName: @Sendable (String) -> Bool
    /// Whether bytes are those that the name asks for.
    let isSound: @Sendable (String, [UInt8]) -> Bool
    /// The most bytes that a copy may have.
    let maximumSize: Int
    /// Reads one file of the share, within its bounds.
    let fetch: @Sendable (Shelf, String) throws -> [UInt8]
  }

  let path: String
  /// By name.
  private(set) var files: [File] = []
  /// What else lies there, as it is shown.
  private(set) var strangers: [String] = []
  /// What could not be read, and why.
  private(set) var unread: [(name: String, error: any Error)] = []
  /// Names whose files on the share are not those of the copies; only where it was asked.
  private(set) var differing: [String] = []
  private let folder: Folder
  private let copies: Copies?

  /// Reads a folder of the vault.
  ///
  /// - Parameters:
  ///   - known: names that the caller has in memory already; they are not read.
  ///   - isComparing: fetch also what there are copies of, and compare.
  /// - Throws: `failed` where it cannot be listed.
  static func read(
    _ path: String, of folder: Folder, _ copies: Copies?, _ rule: Rule,
    known: Set<String> = [], isComparing: Bool = false
  ) throws -> FolderReading {
    var reading = FolderReading(path: path, folder: folder, copies: copies)
    let shelf = try folder.wholeShelf(path)
    let listed = reading.names(on: shelf, rule)
    let here = Set(listed)
    let seen = reading.seen(rule, known: known.intersection(here))
    let absent = listed.filter { !known.contains($0) && (isComparing || seen[$0] == nil) }
    let fetched = SideBySide.map(absent) { name in
      let bytes = try rule.fetch(shelf, name)
      return File(
        name: name, bytes: bytes, origin: .share, isSound: rule.isSound(name, bytes))
    }
    for (name, result) in zip(absent, fetched) { reading.take(name, result, seen[name]) }
    for (name, bytes) in seen where !here.contains(name) || !isComparing {
      let origin: Origin = here.contains(name) ? .copy : .vanished
      reading.files.append(File(name: name, bytes: bytes, origin: origin, isSound: true))
    }
    reading.files.sort { $0.name < $1.name }
    return reading
  }

  private init(path: String, folder: Folder, copies: Copies?) {
    self.path = path
    self.folder = folder
    self.copies = copies
  }

  private mutating func names(on shelf: Shelf, _ rule: Rule) -> [String] {
    var names: [String] = []
    for entry in shelf.listing.entries {
      if entry.kind == .file, let name = entry.name, rule.isName(name) {
        names.append(name)
      } else {
        strangers.append(entry.shown)
      }
    }
    return names.sorted()
  }

  /// The sound copies of what is not known. A spoiled one goes, so that it is
  /// fetched again.
  private func seen(_ rule: Rule, known: Set<String>) -> [String: [UInt8]] {
    guard let copies else { return [:] }
    let all = copies.read(in: path, atMost: rule.maximumSize) { !known.contains($0) }
    let sound = all.filter { rule.isName($0) && rule.isSound($0, $1) }
    copies.drop(all.keys.filter { sound[$0] == nil }, in: path)
    return sound
  }

  private mutating func take(
    _ name: String, _ result: Result<File, any Error>, _ copy: [UInt8]?
  ) {
    if let copy {
      // What this computer has seen counts.
      files.append(File(name: name, bytes: copy, origin: .copy, isSound: true))
      if (try? result.get())?.bytes != copy { differing.append(name) }
      return
    }
    switch result {
    case .success(let file): files.append(file)
    case .failure(let error): unread.append((name, error))
    }
  }

  /// Keeps copies of what verified, puts back what vanished, and forgets the
  /// copies of what is neither.
  ///
  /// - Parameters:
  ///   - valid: names whose files verified.
  ///   - wanted: of them, those that must not vanish.
  func settle(_ valid: Set<String>, puttingBack wanted: Set<String>) {
    guard let copies else { return }
    copies.keep(
      files.filter { $0.origin == .share && $0.isSound && valid.contains($0.name) }
        .map { ($0.name, $0.bytes) }, in: path)
    let vanished = files.filter { $0.origin == .vanished }
    copies.drop(
      vanished.filter { !wanted.contains($0.name) }.map(\.name)
        + files.filter { $0.origin == .copy && !valid.contains($0.name) }.map(\.name), in: path)
    putBack(vanished.filter { wanted.contains($0.name) }, copies)
  }

  private func putBack(_ files: [File], _ copies: Copies) {
    let (path, folder) = (path, folder)
    let results = SideBySide.map(files.map { ($0.name, $0.bytes) }) { name, bytes in
      try folder.publish(bytes, at: "\(path)/\(name)")
    }
    for (file, result) in zip(files, results) {
      copies.noteVanished("\(path)/\(file.name)", isBack: (try? result.get()) != nil)
    }
  }
}

extension Folder {
  /// Opens and lists a folder whole. Throws as ``listing(of:)``.
  func wholeShelf(_ path: String) throws -> Shelf {
    let shelf: Shelf
    do {
      shelf = try self.shelf(path)
    } catch {
      throw VaultError(error, while: "listing \(path.isEmpty ? "the vault" : path)")
    }
    try shelf.listing.refuseTruncated(path)
    return shelf
  }
}
