internal import CPlatform
package import CaseVault
internal import SystemPackage
internal import VaultFormat

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// A file that a person hands in: read once by the decoders and once by the
/// vault, and refused should it change in between.
package final class SourceFile: Sendable {
  /// The name without folders, or `standard input`.
  package let name: String
  package let size: Int
  let descriptor: FileDescriptor
  private let facts: cp_facts

  /// Opens a regular file, or standard input for `-`.
  ///
  /// Standard input that is no file is gathered in memory that has no name and
  /// touches no disk, as the decoders need to go back and forth in it.
  ///
  /// - Throws: `notFound`, `failed`, `usage`.
  package convenience init(_ path: String) throws {
    if path == "-" {
      try self.init(try Self.standardInput(), name: "standard input")
    } else {
      try self.init(try Self.open(path), name: FilePath(path).lastComponent?.string ?? path)
    }
  }

  /// Takes an open file over.
  init(_ descriptor: FileDescriptor, name: String) throws {
    self.descriptor = descriptor
    self.name = name
    var facts = cp_facts()
    guard cp_facts_of(descriptor.rawValue, &facts) == 0 else {
      throw VaultError(.failed, "\(name) cannot be read")
    }
    guard facts.kind == Int32(CP_REGULAR.rawValue) else {
      throw VaultError(
        .usage, "\(name) is not a file", hint: "name a file, or - for standard input")
    }
    self.facts = facts
    size = Int(facts.size)
  }

  deinit { try? descriptor.close() }

  private static func open(_ path: String) throws -> FileDescriptor {
    do {
      return try FileDescriptor.open(
        FilePath(path), .readOnly, options: [.closeOnExec, .nonBlocking])
    } catch let error as Errno {
      throw VaultError(
        error == .noSuchFileOrDirectory ? .notFound : .failed, "\(path): \(error)", cause: error)
    }
  }

  private static func standardInput() throws -> FileDescriptor {
    var facts = cp_facts()
    // Only a file of which nothing was read: a passphrase may have come first.
    if cp_facts_of(0, &facts) == 0, facts.kind == Int32(CP_REGULAR.rawValue),
      lseek(0, 0, SEEK_CUR) == 0
    {
      return try FileDescriptor.standardInput.duplicate()
    }
    let memory = cp_memfd("casevault-input")
    guard memory >= 0 else {
      throw VaultError(
        .usage, "this system cannot hold standard input in memory", hint: "name a file instead")
    }
    let descriptor = FileDescriptor(rawValue: memory)
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 16)
    defer { buffer.deallocate() }
    while true {
      let count = try FileDescriptor.standardInput.read(into: buffer)
      if count == 0 { return descriptor }
      try descriptor.writeAll(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    }
  }

  /// Reads at a place of the file.
  ///
  /// - Returns: how much was read; less than the buffer holds only at the end.
  package func read(
    into buffer: UnsafeMutableRawBufferPointer, at offset: Int
  ) throws -> Int {
    var filled = 0
    while filled < buffer.count {
      let count = try descriptor.read(
        fromAbsoluteOffset: Int64(offset + filled),
        into: UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]))
      if count == 0 { break }
      filled += count
    }
    return filled
  }

  /// The first bytes, at most `limit`.
  package func head(_ limit: Int) throws -> [UInt8] {
    try [UInt8](unsafeUninitializedCapacity: min(limit, size)) { buffer, filled in
      filled = try read(into: UnsafeMutableRawBufferPointer(buffer), at: 0)
    }
  }

  /// A part of the file as the content of a record. Reading its end checks that
  /// the file is still as it was opened.
  package func content(_ range: Range<Int>? = nil) -> Content {
    let range = range ?? 0..<size
    var offset = range.lowerBound
    return .stream { [self] buffer in
      let wanted = min(buffer.count, range.upperBound - offset)
      guard wanted > 0 else {
        try verifyUnchanged()
        return 0
      }
      let count = try read(
        into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<wanted]), at: offset)
      guard count == wanted else { throw Self.changed(name) }
      offset += count
      return count
    }
  }

  private func verifyUnchanged() throws {
    var now = cp_facts()
    guard cp_facts_of(descriptor.rawValue, &now) == 0, now.size == facts.size,
      now.modified == facts.modified
    else { throw Self.changed(name) }
  }

  private static func changed(_ name: String) -> VaultError {
    VaultError(
      .failed, "\(name) changed while it was read", hint: "close it elsewhere and try again")
  }
}

extension RecordReader {
  /// The whole content, verified, as a file in memory that has no name: what
  /// the decoders read of a record never lies on a disk.
  ///
  /// - Throws: `damaged`; `failed` where the system has no such files.
  package borrowing func inMemory() throws -> SourceFile {
    let memory = cp_memfd("casevault-record")
    guard memory >= 0 else {
      throw VaultError(
        .failed, "this system cannot hold a record in memory for its decoder",
        hint: "get the record with `casevault get`")
    }
    let descriptor = FileDescriptor(rawValue: memory)
    do {
      try forEachRun { _ = try descriptor.writeAll($0) }
      return try SourceFile(descriptor, name: "record \(record.id.text.prefix(10))")
    } catch {
      try? descriptor.close()
      throw error
    }
  }
}
