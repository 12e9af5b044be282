import SystemPackage

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The bytes on standard input, which can be read in any order.
///
/// A regular file stays where it is. Anything else, such as a pipe, is copied to memory first and
/// takes the place of standard input, so that decoders can open it by ``path``.
struct Document: Sendable {
  /// The length in bytes.
  let size: Int64

  static let descriptor = FileDescriptor.standardInput

  /// More than this is not taken from a pipe into memory.
  private static let copyLimit: Int64 = 2 << 30

  static func onStandardInput() throws(Refusal) -> Document {
    if let size = sizeOfFile(), canBeReopened {
      return Document(size: size)
    }
    do {
      return Document(size: try copyToMemory())
    } catch let refusal as Refusal {
      throw refusal
    } catch {
      throw Refusal(.unreadable, "standard input could not be read: \(error)")
    }
  }

  /// Fills `buffer` from `offset` on and returns how many bytes there were.
  func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    var filled = 0
    while filled < buffer.count {
      let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
      let count = try Self.descriptor.read(
        fromAbsoluteOffset: offset + Int64(filled), into: rest)
      if count == 0 { break }
      filled += count
    }
    return filled
  }

  /// Returns up to `count` bytes from `offset` on.
  func bytes(at offset: Int64, count: Int) throws -> [UInt8] {
    let count = max(0, min(count, Int(size - offset)))
    return try [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      filled = try read(at: offset, into: UnsafeMutableRawBufferPointer(buffer))
    }
  }

  private static func sizeOfFile() -> Int64? {
    var facts = stat()
    guard fstat(descriptor.rawValue, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG,
      (try? descriptor.seek(offset: 0, from: .start)) != nil
    else { return nil }
    return Int64(facts.st_size)
  }

  /// A decoder opens the document anew, which a file of another owner may not allow.
  private static var canBeReopened: Bool {
    guard let file = try? FileDescriptor.open(FilePath(path), .readOnly) else { return false }
    try? file.close()
    return true
  }

  private static func copyToMemory() throws -> Int64 {
    let memory = try anonymousFile()
    defer { try? memory.close() }
    var size: Int64 = 0
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 1)
    defer { buffer.deallocate() }
    while true {
      let count = try descriptor.read(into: buffer)
      if count == 0 { break }
      size += Int64(count)
      guard size <= copyLimit else {
        throw Refusal(.unreadable, "the file is larger than 2 GiB")
      }
      try memory.writeAll(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    }
    _ = try memory.duplicate(as: descriptor)
    try descriptor.seek(offset: 0, from: .start)
    return size
  }
}
