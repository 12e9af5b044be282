import SystemPackage

extension Folder {
  /// Writes a file anew under a name that may be taken: a reader sees the old one or the new one.
  ///
  /// Only for the person's own home, which nobody shares; the file is theirs alone (mode 0600), as
  /// are folders made for it (0700). Durable when it returns. Throws as ``publish(_:)``, never
  /// `.alreadyExists`.
  package func replace(_ bytes: [UInt8], at path: String) throws(StorageError) {
    let place = try RelativePath(path, for: .rename)
    var madeIn: [OpenFolder] = []
    let folder = try openMaking(place.folder, mode: 0o700, madeIn: &madeIn)
    try replace(bytes, as: place.name, in: folder)
    try folder.sync(faults)
    for parent in madeIn { try parent.sync(faults) }
  }
  /// Writes several files of one folder anew, as ``replace(_:at:)`` does, with one sync of the
  /// folder for all. Throws as it does; then some are the new ones.
  package func replace(
    _ files: [(name: String, bytes: [UInt8])], in path: String
  ) throws(StorageError) {
    guard !files.isEmpty else { return }
    var madeIn: [OpenFolder] = []
    let folder = try openMaking(path, mode: 0o700, madeIn: &madeIn)
    for file in files {
      let place = try RelativePath(file.name, for: .rename)
      guard place.parts.count == 1 else { throw .badName(folder.shown(file.name), .rename) }
      try replace(file.bytes, as: place.name, in: folder)
    }
    try folder.sync(faults)
    for parent in madeIn { try parent.sync(faults) }
  }

  private func replace(
    _ bytes: [UInt8], as name: String, in folder: OpenFolder
  ) throws(StorageError) {
    let draft = try Draft(
      in: folder, named: ".casevault-\(randomName())", mode: 0o600, readBack: .head(0),
      faults: faults)
    try draft.append(bytes)
    _ = try draft.finish()
    try draft.replace(name: name, in: folder)
  }
}
