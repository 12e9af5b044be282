import Foundation
import Storage
import SystemPackage
import Testing

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// A folder for one test, gone with it. What is planted here goes past the code under test.
final class Scratch: Sendable {
  let path: String

  /// In memory where the system has such a place: for loops of thousands of syncs.
  init(inMemory: Bool = false) throws {
    let place = inMemory && access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"
    var name = Array("\(place)/casevault-storage-XXXXXX".utf8CString)
    guard mkdtemp(&name) != nil else { throw Errno(rawValue: errno) }
    path = String(decoding: name.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func at(_ name: String) -> String { "\(path)/\(name)" }

  func folder(_ faults: Faults? = nil) throws -> Folder { try Folder(path, faults: faults) }

  func plant(_ text: String, at name: String) throws {
    try FileManager.default.createDirectory(
      atPath: FilePath(at(name)).removingLastComponent().string, withIntermediateDirectories: true)
    let file = try FileDescriptor.open(
      FilePath(at(name)), .writeOnly, options: [.create, .truncate],
      permissions: [.ownerReadWrite])
    try file.closeAfter { _ = try file.writeAll(text.utf8) }
  }

  func plantFolder(_ name: String) throws {
    try FileManager.default.createDirectory(
      atPath: at(name), withIntermediateDirectories: true)
  }

  func plantLink(_ name: String, to target: String) throws {
    guard symlink(target, at(name)) == 0 else { throw Errno(rawValue: errno) }
  }

  func plantPipe(_ name: String) throws {
    guard mkfifo(at(name), 0o600) == 0 else { throw Errno(rawValue: errno) }
  }

  func plantSparse(_ name: String, size: Int) throws {
    try plant("", at: name)
    guard truncate(at(name), off_t(size)) == 0 else { throw Errno(rawValue: errno) }
  }

  /// The text of a file, nil if nothing is there.
  func text(_ name: String) -> String? {
    FileManager.default.contents(atPath: at(name)).map { String(decoding: $0, as: UTF8.self) }
  }

  /// The names in a folder, sorted; empty if it is not there.
  func names(_ folder: String = "") -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: at(folder))) ?? []).sorted()
  }

  func move(_ name: String, to other: String) throws {
    try FileManager.default.moveItem(atPath: at(name), toPath: at(other))
  }

  func setMode(_ mode: Int, of name: String) throws {
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: at(name))
  }

  /// The lower bits of the mode of what stands there.
  func mode(_ name: String) throws -> Int {
    try #require(
      FileManager.default.attributesOfItem(atPath: at(name))[.posixPermissions] as? Int)
  }
}
