#if canImport(Darwin)
  import Darwin
  import SystemPackage

  extension Document {
    /// The name under which a decoder opens the document.
    static let path = "/dev/fd/0"

    /// Returns an empty file without a name; macOS has no files in memory, so its pages may reach
    /// the (encrypted) disk under pressure.
    static func anonymousFile() throws -> FileDescriptor {
      var template = Array("/tmp/casevault-intake.XXXXXX".utf8CString)
      let descriptor = mkstemp(&template)
      guard descriptor >= 0 else { throw Errno(rawValue: errno) }
      unlink(template)
      return FileDescriptor(rawValue: descriptor)
    }
  }
#endif
