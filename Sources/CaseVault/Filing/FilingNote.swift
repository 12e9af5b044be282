internal import Sealing
internal import Storage
internal import VaultFormat

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// This device's own note of the cases that it is filing in, kept from before
/// the first record has a name until the index has its rows (FORMAT §13, 4).
struct FilingNote {
  fileprivate let folder: String
  fileprivate let name: String
  let cases: [Identifier]

  static let maximumSize = 1 << 20
}

extension Home {
  /// Notes the cases durably.
  func noteFiling(
    of cases: [Identifier], in vault: Identifier
  ) throws(StorageError) -> FilingNote {
    let folder = filingPath(of: vault)
    let name = "\(getpid())-\(Base32.encode(randomBytes(15)))"
    try state.replace(JSON(ascending: cases).canonical, at: "\(folder)/\(name)")
    return FilingNote(folder: folder, name: name, cases: cases)
  }

  /// One that comes back has rows compared once more.
  func forget(_ note: FilingNote) {
    try? state.remove([note.name], in: note.folder)
  }

  /// The notes that an earlier command left: this process holds the home's lock, so
  /// whoever else wrote one is gone.
  func filingNotes(in vault: Identifier) -> [FilingNote] {
    let folder = filingPath(of: vault)
    let entries = (try? state.list(folder).entries) ?? []
    return entries.compactMap { entry -> FilingNote? in
      guard entry.kind == .file, let name = entry.name, !name.hasPrefix(".") else { return nil }
      guard let bytes = try? state.read("\(folder)/\(name)", atMost: FilingNote.maximumSize),
        let strings = (try? JSON(canonical: bytes))?.strings
      else { return nil }
      return FilingNote(folder: folder, name: name, cases: strings.compactMap { Identifier($0) })
    }
  }
}
