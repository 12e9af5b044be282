/// The bytes of a message up to and with the first blank line, as they came.
struct HeaderBlock {
  /// More than this is not looked at.
  private static let limit = 1 << 20
  /// Most are shorter than this.
  private static let usual = 1 << 14

  let bytes: ArraySlice<UInt8>
  private let isWhole: Bool

  /// - Parameter range: The message, or from its beginning on at least its headers.
  init(of range: Range<Int64>, in document: Document) throws {
    let size = range.count
    for count in [Self.usual, Self.limit] {
      let bytes = try document.bytes(at: range.lowerBound, count: min(count, size))
      if let end = Self.end(of: bytes) {
        self.bytes = bytes[..<end]
        isWhole = true
        return
      }
      guard bytes.count < size, count < Self.limit else {
        self.bytes = bytes[...]
        isWhole = bytes.count == size
        return
      }
    }
    bytes = []
    isWhole = true
  }

  /// Notes what GMime passes over in silence or gives up at.
  func note(in defects: Defects) {
    if !isWhole { defects.add("headers-too-long") }
    if bytes.contains(0) { defects.add("nul-in-header") }
    // RFC 6532 allows UTF-8.
    if isWhole, String(validating: bytes, as: UTF8.self) == nil { defects.add("8bit-in-header") }
  }

  /// The value of the first header of that name, which must not be folded.
  func value(_ name: String) -> Substring? {
    let start = name.lowercased() + ":"
    return String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
      .first { $0.prefix(start.count).lowercased() == start }
      .map { $0.dropFirst(start.count) }
  }

  private static func end(of bytes: [UInt8]) -> Int? {
    var lineIsBlank = false
    for (index, byte) in bytes.enumerated() {
      switch byte {
      case UInt8(ascii: "\n"):
        if lineIsBlank { return index + 1 }
        lineIsBlank = true
      case UInt8(ascii: "\r"): break
      default: lineIsBlank = false
      }
    }
    return nil
  }
}
