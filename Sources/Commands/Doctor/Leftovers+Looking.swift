internal import Storage
internal import SystemPackage

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

extension Leftovers {
  /// Looks at one place of a habit, if it is there.
  mutating func look(at place: Habit.Place, in home: String) {
    let (root, prefix) = place.base.place(in: home)
    guard let folder = try? Folder(root) else { return }
    for path in expanded(prefix + place.path, in: folder) {
      look(at: path, in: folder, place.manner, depth: 0)
    }
  }

  /// Looks at the history that the shell's own variable names, where the shell hands it on.
  mutating func lookAtNamedHistory(in home: String) {
    guard let path = Places.environment("HISTFILE"), path.hasPrefix("/"),
      let name = path.split(separator: "/").last
    else { return }
    // Beneath the home as far as it lies there, so that no link on the way is followed.
    let isBelow = path.hasPrefix(home + "/")
    let root = isBelow ? home : String(path.dropLast(name.count))
    guard let folder = try? Folder(root) else { return }
    look(
      at: isBelow ? String(path.dropFirst(home.count + 1)) : String(name), in: folder, .history,
      depth: Budget.depth)
  }

  /// The paths that one with a `*` may mean.
  private func expanded(_ path: String, in root: Folder) -> [String] {
    let parts = path.split(separator: "*")
    guard parts.count == 2 else { return [path] }
    let before = String(parts[0].dropLast())
    let entries = (try? root.list(before, limit: 1_000).entries) ?? []
    return entries.filter { $0.kind == .folder }.compactMap(\.name)
      .map { "\(before)/\($0)\(parts[1])" }
  }

  /// Looks at a file, or at every file beneath a folder.
  mutating func look(at path: String, in root: Folder, _ manner: Habit.Manner, depth: Int) {
    do throws(StorageError) {
      let file = try root.open(path)
      guard budget.takeFile() else { return }
      advance()
      examine(file, path, in: root, manner)
    } catch {
      if error.reason == .notRegular {
        lookThrough(path, in: root, manner, depth: depth)
      } else if !error.isMissing {
        reportUnseen(error.errno.description, closedFolder(above: path, in: root))
      }
    }
  }

  private mutating func lookThrough(
    _ path: String, in root: Folder, _ manner: Habit.Manner, depth: Int
  ) {
    guard let listing = try? root.list(path, limit: budget.files) else {
      // A pipe or a device keeps nothing. What a link points to may.
      if let link = link(to: path, in: root) {
        reportUnseen("a link, which is not followed", link)
      }
      return
    }
    guard depth < Budget.depth, !listing.truncated, budget.takeFile() else {
      budget.leaveOut()
      return
    }
    for entry in listing.entries where entry.kind != .other {
      if let name = entry.name {
        look(at: "\(path)/\(name)", in: root, manner, depth: depth + 1)
      } else {
        look(atNamed: entry.raw, whole(path, in: root) + [UInt8(ascii: "/")] + entry.raw)
      }
    }
  }

  /// Looks at a name that is no text, and so was not opened.
  private mutating func look(atNamed name: [UInt8], _ path: [UInt8]) {
    if traces.isNamedAfter(name) {
      report("is named after a file of a mount", path)
    } else {
      reportUnseen("its name is not UTF-8", path)
    }
  }

  private mutating func examine(
    _ file: borrowing StoredFile, _ path: String, in root: Folder, _ manner: Habit.Manner
  ) {
    let whole = whole(path, in: root)
    let name = Array(path.utf8.split(separator: UInt8(ascii: "/")).last ?? path.utf8[...])
    if manner == .copies {
      guard hasMounts, file.size > 0 else { return }
      return report("a copy of a document, maybe of one on a mount", whole)
    }
    if traces.isNamedAfter(name) { return report("is named after a file of a mount", whole) }
    do throws(StorageError) {
      if let reason = try reason(in: file, manner) {
        report(reason, whole)
      } else if file.size > Budget.file {
        reportUnseen("it is larger than \(Budget.file >> 20) MiB", whole)
      }
    } catch {
      reportUnseen(error.errno.description, whole)
    }
  }

  /// Reads a file piece by piece, each beginning with the end of the one before.
  private mutating func reason(
    in file: borrowing StoredFile, _ manner: Habit.Manner
  ) throws(StorageError) -> String? {
    // A line of a history can be long, and is looked at as a whole.
    let overlap = max(traces.reach, manner == .history ? 1 << 16 : 0)
    let limit = min(Budget.file, budget.bytes)
    let buffer = UnsafeMutableRawBufferPointer.allocate(
      byteCount: min(limit, max(file.size, 4_096), (1 << 20) + overlap), alignment: 16)
    defer { buffer.deallocate() }
    var offset = 0
    while offset < limit {
      let count = try file.read(into: buffer, at: offset)
      budget.take(bytes: count)
      let piece = Array(buffer[..<count])
      if let reason = traces.reason(in: piece, isIndex: manner == .index) { return reason }
      if manner == .history, let reason = Self.reason(inHistory: piece) { return reason }
      guard count == buffer.count, count > overlap else { return nil }
      offset += count - overlap
    }
    return nil
  }

  private static func reason(inHistory piece: [UInt8]) -> String? {
    if TypedLine.namesCaseFolder(piece) { return "names the folder of a case" }
    let lines = String(decoding: piece, as: UTF8.self).split(separator: "\n")
    return lines.contains { TypedLine($0).tellsWords }
      ? "holds words that were typed for casevault" : nil
  }

  private func whole(_ path: String, in root: Folder) -> [UInt8] {
    Array((root.path.hasSuffix("/") ? root.path + path : "\(root.path)/\(path)").utf8)
  }

  /// The link on the way to something, or at its end, where it leads to a file or a folder.
  private func link(to path: String, in root: Folder) -> [UInt8]? {
    var status = stat()
    var place = root.path
    for part in path.split(separator: "/") {
      place += "/\(part)"
      guard lstat(place, &status) == 0 else { return nil }
      guard status.st_mode & S_IFMT == S_IFLNK else { continue }
      guard stat("\(root.path)/\(path)", &status) == 0,
        [S_IFREG, S_IFDIR].contains(status.st_mode & S_IFMT)
      else { return nil }
      return Array(place.utf8)
    }
    return nil
  }

  /// The first folder on the way that this user may not enter: what is in it is named once, by
  /// it. Else what was to be looked at.
  private func closedFolder(above path: String, in root: Folder) -> [UInt8] {
    var status = stat()
    var place = root.path
    for part in path.split(separator: "/") {
      guard lstat("\(place)/\(part)", &status) == 0 || errno != EACCES else { break }
      place += "/\(part)"
    }
    return Array(place.utf8)
  }
}
