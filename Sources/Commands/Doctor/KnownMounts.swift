internal import Storage
internal import SystemPackage

/// The folders under which cases are, or were, readable on this computer.
package struct KnownMounts {
  /// The most of them that are looked for, besides those that somebody named: the latest.
  private static let limit = 100
  /// The most that is read of the list of earlier mounts, in bytes.
  private static let listLimit = 64 << 10
  /// The name of that list in the state home: one absolute path a line.
  static let listName = "mounts"

  /// Absolute, each once, as they were named and as they are without links.
  let paths: [String]

  /// - Parameter named: what somebody typed; nothing need be there any more.
  /// - Throws: `failed` where the environment names no home.
  init(naming named: [String]) throws {
    let noted = Self.noted(in: try Places.homePaths().state)
    let now = systemText("/proc/self/mounts", atMost: 4 << 20).map(Self.mounted(in:)) ?? []
    let known = distinct((noted + now).reversed()).prefix(Self.limit)
    paths = distinct((named + known).flatMap(Self.spellings))
  }

  /// What is said of them.
  var diagnosis: Diagnosis {
    if paths.isEmpty {
      var none = Diagnosis.fine("mounts", "none is known here, now or before")
      none.hint = "if there was one, name its folder: `casevault doctor DIR`"
      return none
    }
    return .fine("mounts", "traces were looked for of " + paths.joined(separator: ", "))
  }

  /// The mounts of casevault in the text of /proc/self/mounts.
  package static func mounted(in table: String) -> [String] {
    table.split(separator: "\n").compactMap { line in
      let fields = systemFields(line)
      guard fields.count >= 3, fields[2] == "fuse.casevault" || isOurs(fields) else { return nil }
      return fields[1]
    }
  }

  private static func isOurs(_ fields: [String]) -> Bool {
    fields[0] == "casevault" && fields[2].hasPrefix("fuse")
  }

  /// The mounts noted in a state home; none where there is no such list.
  private static func noted(in state: String) -> [String] {
    guard let folder = try? Folder(state), let file = try? folder.open(listName),
      let bytes = try? file.front(atMost: listLimit)
    else { return [] }
    return bytes.split(separator: UInt8(ascii: "\n")).compactMap { line in
      line.first == UInt8(ascii: "/") ? String(validating: line, as: UTF8.self) : nil
    }
  }

  /// A folder's path as it is written and with the links above it followed.
  ///
  /// The folder itself is not asked: a mount whose program hangs would never answer.
  private static func spellings(_ typed: String) -> [String] {
    var path = FilePath(typed)
    if path.isRelative { path = FilePath(Places.resolved(".") ?? "/").pushing(path) }
    path = path.lexicallyNormalized()
    guard let name = path.lastComponent else { return [] }
    let parent = Places.resolved(path.removingLastComponent().string)
    return distinct([path.string] + (parent.map { [FilePath($0).appending(name).string] } ?? []))
  }
}
