import Foundation
import SystemPackage

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A folder as whoever owns the disk sees it: files are read, planted and
/// altered past the code under test. All paths are below `path`.
package struct Share: Sendable {
  package let path: String

  package init(_ path: String) {
    self.path = path
  }

  package func at(_ name: String) -> String { name.isEmpty ? path : "\(path)/\(name)" }

  package func read(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(fileURLWithPath: at(name))))
  }

  /// Writes a file, over what is there, and the folders above it.
  package func plant(_ bytes: [UInt8], at name: String) throws {
    try makeFolder(FilePath(name).removingLastComponent().string)
    try Data(bytes).write(to: URL(fileURLWithPath: at(name)))
  }

  package func makeFolder(_ name: String) throws {
    try FileManager.default.createDirectory(
      atPath: at(name), withIntermediateDirectories: true)
  }

  /// Plants an empty file whose name is any bytes.
  package func plant(named name: [UInt8], in folder: String) throws {
    let whole = (Array(at(folder).utf8) + [UInt8(ascii: "/")] + name + [0]).map {
      CChar(bitPattern: $0)
    }
    let raw = open(whole, O_CREAT | O_WRONLY, 0o600)
    guard raw >= 0 else { throw Errno(rawValue: errno) }
    close(raw)
  }

  package func plantLink(_ name: String, to target: String) throws {
    guard symlink(target, at(name)) == 0 else { throw Errno(rawValue: errno) }
  }

  package func plantPipe(_ name: String) throws {
    guard mkfifo(at(name), 0o600) == 0 else { throw Errno(rawValue: errno) }
  }

  /// A file of holes.
  package func plantSparse(_ name: String, size: Int) throws {
    try plant([], at: name)
    guard truncate(at(name), off_t(size)) == 0 else { throw Errno(rawValue: errno) }
  }

  /// Makes a file that is there shorter or longer, and leaves it the file that it is.
  package func resize(_ name: String, to size: Int) throws {
    guard truncate(at(name), off_t(size)) == 0 else { throw Errno(rawValue: errno) }
  }

  package func remove(_ name: String) throws {
    try FileManager.default.removeItem(atPath: at(name))
  }

  package func move(_ name: String, to other: String) throws {
    try makeFolder(FilePath(other).removingLastComponent().string)
    try FileManager.default.moveItem(atPath: at(name), toPath: at(other))
  }

  /// Dates a file back, as if nobody had written to it since.
  package func age(_ name: String, byHours hours: Double) throws {
    try FileManager.default.setAttributes(
      [.modificationDate: Date.now - hours * 3_600], ofItemAtPath: at(name))
  }

  package func copy(_ name: String, to other: String) throws {
    try plant(try read(name), at: other)
  }

  /// Alters a file's bytes.
  package func alter(_ name: String, _ change: (inout [UInt8]) throws -> Void) throws {
    var bytes = try read(name)
    try change(&bytes)
    try plant(bytes, at: name)
  }

  package func exists(_ name: String) -> Bool {
    FileManager.default.fileExists(atPath: at(name))
  }

  /// The names in a folder, sorted; none where it is not there.
  package func names(_ folder: String = "") -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: at(folder))) ?? []).sorted()
  }

  /// Every path below a folder, folders among them.
  package func everything(_ folder: String = "") -> [String] {
    FileManager.default.enumerator(atPath: at(folder))?
      .compactMap { $0 as? String }.sorted() ?? []
  }

  /// Every file below a folder.
  package func files(_ folder: String = "") -> [String] {
    everything(folder).filter { name in
      var isFolder: ObjCBool = false
      return FileManager.default.fileExists(
        atPath: "\(at(folder))/\(name)", isDirectory: &isFolder) && !isFolder.boolValue
    }
  }
}
