internal import Storage

extension StoredFile {
  /// The first bytes of the file, also where the system cannot tell its size, as in /proc.
  ///
  /// - Parameter limit: the most that is read, in bytes.
  borrowing func front(atMost limit: Int) throws(StorageError) -> [UInt8] {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: limit, alignment: 1)
    defer { buffer.deallocate() }
    let count = try read(into: buffer, at: 0)
    return Array(buffer[..<count])
  }
}

/// A small file of the system's as text; nil where there is none that can be read.
///
/// The folders on the way may be links, as in /sys; the file itself may not.
func systemText(_ path: String, atMost limit: Int = 1 << 20) -> String? {
  guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")),
    let folder = try? Folder(String(path[...slash])),
    let file = try? folder.open(String(path[path.index(after: slash)...])),
    let bytes = try? file.front(atMost: limit)
  else { return nil }
  return String(decoding: bytes, as: UTF8.self)
}

/// The fields of a line of /proc/mounts or /proc/swaps, in which a blank is written `\040`.
func systemFields(_ line: some StringProtocol) -> [String] {
  line.split(whereSeparator: { $0 == " " || $0 == "\t" }).map { field in
    var bytes: [UInt8] = []
    var rest = Array(field.utf8)[...]
    while let byte = rest.popFirst() {
      let digits = rest.prefix(3)
      if byte == UInt8(ascii: "\\"), digits.count == 3,
        let code = UInt8(String(decoding: digits, as: UTF8.self), radix: 8)
      {
        bytes.append(code)
        rest = rest.dropFirst(3)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
