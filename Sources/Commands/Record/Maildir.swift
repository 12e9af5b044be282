internal import CaseVault
internal import Storage

/// A Maildir: a folder with `cur` and `new`, one message a file.
enum Maildir {
  /// The message files that a path means: those of a Maildir, or the path itself.
  ///
  /// - Throws: `usage` for a folder that is no Maildir, `failed`.
  static func messages(at path: String) throws -> [String] {
    guard path != "-", let folder = try? Folder(path) else { return [path] }
    var messages: [String] = []
    var isMaildir = false
    for part in ["cur", "new"] where folder.exists(part) {
      isMaildir = true
      do throws(StorageError) {
        for entry in try folder.list(part).entries where entry.kind == .file {
          guard let name = entry.name, !name.hasPrefix(".") else { continue }
          messages.append("\(path)/\(part)/\(name)")
        }
      } catch {
        throw VaultError(error, while: "listing \(path)")
      }
    }
    guard isMaildir else {
      throw VaultError(.usage, "\(path) is a folder and no Maildir", hint: "name the files in it")
    }
    return messages.sorted()
  }
}
