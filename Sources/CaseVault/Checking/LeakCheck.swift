internal import Storage
internal import VaultFormat

/// Looks for clients' names, numbers and addresses in clear: in the bytes and
/// the names of every file of the vault and of this computer's home (P2).
package struct LeakCheck {
  private let search: LeakSearch
  private var findings: [Finding] = []

  /// Searches for what the index knows of every case.
  ///
  /// - Returns: a finding for each file with something in clear; none has a word.
  /// - Throws: `failed` where a folder cannot be read.
  package static func run(_ vault: OpenVault) throws -> [Finding] {
    let words = try vault.index().all.flatMap { row in
      row.summary.entries.filter { ![.reference, .adviser, .topic].contains($0.field) }
        .map(\.text)
    }
    var check = LeakCheck(search: LeakSearch(words))
    try check.look(through: vault.folder, shownAs: "")
    try check.look(through: vault.home.identities, shownAs: "home/")
    if vault.home.state.path != vault.home.identities.path {
      try check.look(through: vault.home.state, shownAs: "home/")
    }
    return check.findings
  }

  private init(search: LeakSearch) {
    self.search = search
  }

  private mutating func look(through folder: Folder, shownAs prefix: String) throws {
    var waiting = [""]
    while let path = waiting.popLast() {
      for entry in try folder.listing(of: path).entries {
        let below = path.isEmpty ? entry.shown : "\(path)/\(entry.shown)"
        if entry.raw.withUnsafeBytes(search.finds) {
          // The name is what must not be shown.
          findings.append(
            Finding(.leak, prefix + path, "a name in this folder holds a client's in clear"))
        }
        guard let name = entry.name else { continue }
        let place = path.isEmpty ? name : "\(path)/\(name)"
        switch entry.kind {
        case .folder: waiting.append(place)
        case .file: look(at: place, in: folder, shown: prefix + below)
        case .other: break
        }
      }
    }
  }

  private mutating func look(at path: String, in folder: Folder, shown: String) {
    guard let file = try? folder.open(path) else { return }
    let overlap = max(0, search.longest - 1)
    let buffer = UnsafeMutableRawBufferPointer.allocate(
      byteCount: (1 << 20) + overlap, alignment: 16)
    defer { buffer.deallocate() }
    var offset = 0
    while let count = try? file.read(into: buffer, at: offset), count > 0 {
      if search.finds(in: UnsafeRawBufferPointer(rebasing: buffer[..<count])) {
        findings.append(Finding(.leak, shown, "holds something of a client in clear"))
        return
      }
      guard count == buffer.count else { return }
      offset += count - overlap
    }
  }
}
