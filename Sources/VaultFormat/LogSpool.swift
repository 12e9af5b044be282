/// The front of a spool of the access log (FORMAT §10.3).
package struct LogSpoolHeader: Equatable, Sendable {
  /// Bytes in front of the first entry.
  package static let size = Preamble.size + LogHead.size

  package let head: LogHead
  /// When the spool was begun, in seconds since 1970.
  package let began: UInt32

  package init(_ head: LogHead, began: UInt32) {
    self.head = head
    self.began = began
  }

  /// - Throws: `FormatError`.
  package init(_ bytes: [UInt8]) throws(FormatError) {
    var reader = ByteReader(bytes)
    began = try Preamble.expect(.logSpool, from: &reader)
    head = try LogHead(&reader)
    try reader.end()
  }

  package var bytes: [UInt8] { Preamble(.logSpool, number: began).bytes + head.bytes }
}

/// Entries of a device that wait in its home to be shipped (FORMAT §10.3).
package struct LogSpool: Equatable, Sendable {
  /// A device begins another spool above this size.
  package static let maximumSize = 8 << 20

  package let header: LogSpoolHeader
  package let bytes: [UInt8]
  package let entries: [LogEntry]
  /// Where the last whole entry ends: what follows was torn off.
  package let wholeSize: Int

  package var head: LogHead { header.head }

  /// Takes a spool apart. A torn last entry is left out.
  ///
  /// - Throws: `FormatError` where not even its header is whole.
  package init(_ bytes: [UInt8]) throws(FormatError) {
    guard bytes.count >= LogSpoolHeader.size else { throw .truncated }
    header = try LogSpoolHeader(Array(bytes[..<LogSpoolHeader.size]))
    var entries: [LogEntry] = []
    var offset = LogSpoolHeader.size
    while let entry = try? LogEntry(in: bytes, at: offset, before: bytes.count), entry.isChained {
      entries.append(entry)
      offset += entry.size
    }
    self.bytes = bytes
    self.entries = entries
    wholeSize = offset
  }
}
