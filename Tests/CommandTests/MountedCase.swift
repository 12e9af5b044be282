import Foundation
import TestSupport
import Testing

/// A case in a mounted vault, as the programs of a person see it.
struct MountedCase {
  let mount: Mount
  let reference: String
  /// The name of its folder.
  let name: String

  var desk: Desk { mount.desk }
  var path: String { "\(mount.path)/Open/\(name)" }

  /// Runs a line of shell in the case's folder.
  func shell(_ line: String, _ arguments: String..., limit: Int = 60) throws -> Ended {
    try mount.start(line, arguments, in: "Open/\(name)", limit: limit).end()
  }

  /// Starts a line of shell in the case's folder.
  func start(_ line: String, _ arguments: String..., limit: Int = 60) throws -> Running {
    try mount.start(line, arguments, in: "Open/\(name)", limit: limit)
  }

  /// Runs a Python program in the case's folder.
  func python(_ program: String, _ arguments: String..., limit: Int = 60) throws -> Ended {
    try startPython(program, arguments, limit: limit).end()
  }

  func startPython(_ program: String, _ arguments: [String] = [], limit: Int = 60) throws
    -> Running
  {
    try mount.start(
      "exec \(Desk.python) -c \"$@\"", [program] + arguments, in: "Open/\(name)", limit: limit)
  }

  /// The names in a folder, as `ls` lists them; with `all`, those that it hides.
  func names(_ folder: String, all: Bool = false) throws -> [String] {
    try shell("ls -1 \(all ? "-A" : "") \"$1\"", folder).succeeded().lines
  }

  /// A file as a program reads it.
  func read(_ file: String) throws -> [UInt8] { try shell("cat \"$1\"", file).succeeded().bytes }

  func text(_ file: String) throws -> String { String(decoding: try read(file), as: UTF8.self) }

  /// The record of a file, as its extended attribute names it.
  func record(of file: String) throws -> String {
    try python(
      "import os, sys; print(os.getxattr(sys.argv[1], 'user.casevault.record').decode())", file
    ).succeeded().lines.first.orThrow()
  }
}

extension MountedCase {
  /// One version of a file, as `case show --json` has it.
  struct Version {
    let id: String
    let kind: String
    let title: String
    let file: String?
    let replaces: [String]
    let isReplaced: Bool
    let isWithdrawn: Bool

    /// Whether it is the latest of its file.
    var isCurrent: Bool { !isReplaced && !isWithdrawn }

    init?(_ record: [String: Any]) {
      guard let id = record["id"] as? String, let kind = record["kind"] as? String,
        ["note", "mail", "scan"].contains(kind)
      else { return nil }
      self.id = id
      self.kind = kind
      title = record["title"] as? String ?? ""
      file = (record["details"] as? [String: Any])?["file"] as? String
      replaces = record["replaces"] as? [String] ?? []
      isReplaced = (record["replaced_by"] as? [Any])?.isEmpty == false
      isWithdrawn = record["withdrawn"] as? Bool == true
    }
  }

  /// Every version of every file, the withdrawn among them.
  func versions() throws -> [Version] {
    let shown = try mount.casevault("case", "show", reference, "--json").succeeded().object()
    return try (shown["records"] as? [[String: Any]]).orThrow().compactMap { Version($0) }
  }

  /// The latest version of each file that is there.
  func current() throws -> [Version] { try versions().filter(\.isCurrent) }

  /// What `casevault get` gives of the record of a file.
  func kept(_ file: String) throws -> [UInt8] {
    try mount.casevault("get", reference, record(of: file)).succeeded().bytes
  }

  /// Expects that a file and its record are, byte for byte, what they should be.
  func expect(
    _ file: String, is bytes: [UInt8], _ location: SourceLocation = #_sourceLocation
  ) throws {
    let (read, kept) = (try read(file), try kept(file))
    // Not the bytes themselves: they may be many.
    #expect(
      read == bytes, "\(file) has \(read.count) bytes, not these \(bytes.count)",
      sourceLocation: location)
    #expect(
      kept == bytes, "the record of \(file) has \(kept.count) bytes, not these \(bytes.count)",
      sourceLocation: location)
  }

  func expect(
    _ file: String, is text: String, _ location: SourceLocation = #_sourceLocation
  ) throws {
    try expect(file, is: Array(text.utf8), location)
  }

  /// Expects that every file in a folder is its record, and there are so many.
  ///
  /// Files are compared by their hashes, with one command for each.
  func expectEachIsItsRecord(
    in folder: String, count: Int, _ location: SourceLocation = #_sourceLocation
  ) throws {
    let names = try names(folder)
    #expect(names.count == count, "\(names)", sourceLocation: location)
    for name in names {
      let (read, kept) = (try read("\(folder)/\(name)"), try kept("\(folder)/\(name)"))
      #expect(read == kept, "\(name)", sourceLocation: location)
    }
  }
}

/// Bytes that look like nothing and are the same each time.
func someBytes(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
  var state = seed &* 0x9e37_79b9_7f4a_7c15 | 1
  return (0..<count).map { _ in
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return UInt8(truncatingIfNeeded: state >> 32)
  }
}
