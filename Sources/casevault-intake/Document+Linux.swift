#if os(Linux)
  import CPlatform
  import SystemPackage

  extension Document {
    /// The name under which a decoder opens the document, at its beginning.
    static let path = "/proc/self/fd/0"

    /// Returns an empty file that lives in memory only.
    static func anonymousFile() throws -> FileDescriptor {
      let descriptor = cp_memfd("casevault-intake")
      guard descriptor >= 0 else { throw Errno.noMemory }
      return FileDescriptor(rawValue: descriptor)
    }
  }
#endif
