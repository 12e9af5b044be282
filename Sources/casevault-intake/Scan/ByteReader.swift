/// Reads a document forward, one byte or one big-endian number at a time.
struct ByteReader {
  private static let windowSize = 1 << 18

  private let document: Document
  private var window: [UInt8] = []
  private var windowStart: Int64 = 0
  private(set) var offset: Int64 = 0

  init(_ document: Document) {
    self.document = document
  }

  /// Returns the next byte, or `nil` at the end.
  mutating func next() throws -> UInt8? {
    if offset >= windowStart + Int64(window.count) {
      windowStart = offset
      window = try document.bytes(at: offset, count: Self.windowSize)
      guard !window.isEmpty else { return nil }
    }
    defer { offset += 1 }
    return window[Int(offset - windowStart)]
  }

  /// Returns the next `count` bytes as a big-endian number, or `nil` when there are fewer.
  mutating func number(_ count: Int) throws -> UInt64? {
    var number: UInt64 = 0
    for _ in 0..<count {
      guard let byte = try next() else { return nil }
      number = number << 8 | UInt64(byte)
    }
    return number
  }

  /// Moves to `offset`; reading past the end finds nothing there.
  mutating func move(to offset: Int64) {
    if offset < windowStart || offset > windowStart + Int64(window.count) {
      window = []
      windowStart = offset
    }
    self.offset = offset
  }
}
