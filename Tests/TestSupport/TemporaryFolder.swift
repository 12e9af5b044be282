import Foundation
import SystemPackage

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A folder for one test, gone with it; in memory where the system has that.
package final class TemporaryFolder: Sendable {
  package let path: String

  package init() throws {
    let given = ProcessInfo.processInfo.environment["TMPDIR"]
    let bases = ["/dev/shm", given ?? "/tmp"]
    let base = bases.first { FileManager.default.isWritableFile(atPath: $0) } ?? "/tmp"
    var name = Array("\(base)/casevault-XXXXXX".utf8CString)
    guard mkdtemp(&name) != nil else { throw Errno(rawValue: errno) }
    path = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  package func share(_ name: String = "") -> Share { Share(Share(path).at(name)) }
}
