import CPlatform
import Synchronization
import SystemPackage

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

extension Draft {
  /// What a kernel or file system answers that has no such call.
  private static let lacking: [Errno] = [
    .invalidArgument, .noFunction, .notSupported, .notSupportedOnSocket, .notPermitted,
    .improperLink,
  ]

  /// Gives the finished file its name; never over something that is there.
  ///
  /// Throws `.alreadyExists`, or `.rename` or `.link` with what the system says.
  func take(name: String, in target: OpenFolder, _ facts: cp_facts) throws(StorageError) {
    do throws(StorageError) {
      try moveWithoutReplacing(to: target, name)
    } catch {
      // A share may lose the answer, ask again and hear that the name is taken: by this very file.
      guard error.reason != .crashed, let there = try? target.facts(of: name),
        there.isSame(as: facts)
      else { throw error }
    }
    state.withLock { $0.named = false }
  }

  /// Gives the finished file its name, over the file that is there if there is one.
  func replace(name: String, in target: OpenFolder) throws(StorageError) {
    try change(.rename, target.shown(name), faults) {
      unsafe renameat(folder.raw, self.name, target.raw, name)
    }
    state.withLock { $0.named = false }
  }

  /// Renames without replacing; where that is unknown links and removes the old name; where that is
  /// unknown too (names are random or hashes) renames if nothing is there.
  private func moveWithoutReplacing(to target: OpenFolder, _ name: String) throws(StorageError) {
    if try renamed(to: target, name) { return }
    if try linked(to: target, name) { return }
    if (try? target.facts(of: name)) != nil { throw .alreadyExists(target.shown(name)) }
    try replace(name: name, in: target)
  }

  /// False if the kernel or the file system cannot.
  private func renamed(to target: OpenFolder, _ name: String) throws(StorageError) -> Bool {
    if faults?.lacks(.renameWithoutReplacing) ?? false { return false }
    return try unlessLacking(.rename, target.shown(name)) {
      unsafe cp_rename_new(folder.raw, self.name, target.raw, name)
    }
  }

  /// False if the file system has no links.
  private func linked(to target: OpenFolder, _ name: String) throws(StorageError) -> Bool {
    if faults?.lacks(.link) ?? false { return false }
    let done = try unlessLacking(.link, target.shown(name)) {
      unsafe linkat(folder.raw, self.name, target.raw, name, 0)
    }
    // The file has its name. What is left of the other one a sweep of the drafts removes.
    if done { _ = try? change(.remove, path, faults) { unsafe unlinkat(folder.raw, self.name, 0) } }
    return done
  }

  private func unlessLacking(
    _ operation: StorageError.Operation, _ path: String, _ body: () -> Int32
  ) throws(StorageError) -> Bool {
    do throws(StorageError) {
      try change(operation, path, faults, body)
      return true
    } catch {
      guard error.reason == .system else { throw error }
      if error.errno == .fileExists { throw .alreadyExists(path, operation) }
      guard Self.lacking.contains(error.errno) else { throw error }
      return false
    }
  }
}
