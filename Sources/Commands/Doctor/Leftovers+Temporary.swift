internal import Storage

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

extension Leftovers {
  static let temporaryHint =
    "end the program and delete them; TMPDIR=$XDG_RUNTIME_DIR keeps such files in memory"

  /// Looks for this user's files in the temporary folders whose names are those of editors.
  mutating func lookForTemporaryFiles(in home: String) {
    // vim takes ~/tmp before the others, where there is one.
    let folders = [Places.environment("TMPDIR") ?? "/tmp", "/var/tmp", "\(home)/tmp"]
    for path in distinct(folders.map { Places.resolved($0) ?? $0 }) {
      guard let folder = try? Folder(path),
        let listing = try? folder.list("", limit: budget.files)
      else { continue }
      if listing.truncated { budget.leaveOut() }
      for entry in listing.entries {
        guard let name = entry.name, budget.takeFile() else { continue }
        advance()
        // Asked only of such names: a mount that hangs would never answer.
        switch entry.kind {
        case .file where TemporaryName.isEditorsFile(name) && isOwn("\(path)/\(name)"):
          report("left by an editor", Array("\(path)/\(name)".utf8))
        case .folder where TemporaryName.isEditorsFolder(name) && isOwn("\(path)/\(name)"):
          reportFiles(beneath: name, in: folder, depth: 0)
        default: break
        }
      }
    }
  }

  /// Reports each file in an editor's own temporary folder.
  private mutating func reportFiles(beneath path: String, in root: Folder, depth: Int) {
    guard depth < Budget.depth, let listing = try? root.list(path, limit: budget.files) else {
      return
    }
    for entry in listing.entries {
      guard let name = entry.name, budget.takeFile() else { continue }
      switch entry.kind {
      case .file: report("left by an editor", Array("\(root.path)/\(path)/\(name)".utf8))
      case .folder: reportFiles(beneath: "\(path)/\(name)", in: root, depth: depth + 1)
      case .other: break
      }
    }
  }

  private func isOwn(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0 && status.st_uid == geteuid()
  }
}
