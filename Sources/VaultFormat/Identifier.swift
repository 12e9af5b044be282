/// Thirty-two bytes that name something of the vault (FORMAT §1.4), ordered
/// as bytes. Their base32 has another order: ASCII puts `2` before `a`.
package struct Identifier: Hashable, Comparable, Sendable {
  private let words: (UInt64, UInt64, UInt64, UInt64)

  /// All zero: the vault and roster head of the first roster entry.
  package static let zero = Identifier(InlineArray<32, UInt8>(repeating: 0))

  package init(_ bytes: InlineArray<32, UInt8>) {
    func word(_ start: Int) -> UInt64 {
      var word: UInt64 = 0
      for index in start..<start + 8 { word = word << 8 | UInt64(bytes[index]) }
      return word
    }
    words = (word(0), word(8), word(16), word(24))
  }

  /// Nil unless there are 32 bytes.
  package init?(_ bytes: some RandomAccessCollection<UInt8>) {
    guard bytes.count == 32 else { return nil }
    var copy = InlineArray<32, UInt8>(repeating: 0)
    for (index, byte) in bytes.enumerated() { copy[index] = byte }
    self.init(copy)
  }

  /// Nil unless the text is 52 characters of canonical base32.
  package init?(_ text: some StringProtocol) {
    let text = String(text)
    guard text.utf8.count == 52 else { return nil }
    var bytes = InlineArray<32, UInt8>(repeating: 0)
    var count = 0
    let isCanonical = Base32.decode(text.utf8.span) { byte in
      bytes[count] = byte
      count += 1
    }
    guard isCanonical else { return nil }
    self.init(bytes)
  }

  /// The 32 bytes.
  package var inline: InlineArray<32, UInt8> {
    var bytes = InlineArray<32, UInt8>(repeating: 0)
    for index in 0..<8 {
      let shift = UInt64(56 - 8 * index)
      bytes[index] = UInt8(truncatingIfNeeded: words.0 >> shift)
      bytes[8 + index] = UInt8(truncatingIfNeeded: words.1 >> shift)
      bytes[16 + index] = UInt8(truncatingIfNeeded: words.2 >> shift)
      bytes[24 + index] = UInt8(truncatingIfNeeded: words.3 >> shift)
    }
    return bytes
  }

  /// The 32 bytes.
  package var bytes: [UInt8] {
    let inline = inline
    return (0..<32).map { inline[$0] }
  }

  /// 52 characters of base32.
  package var text: String { Base32.encode(bytes) }

  package static func == (left: Self, right: Self) -> Bool { left.words == right.words }
  package static func < (left: Self, right: Self) -> Bool { left.words < right.words }

  package func hash(into hasher: inout Swift.Hasher) {
    // All of it: a colleague can choose ids that share any part.
    hasher.combine(words.0)
    hasher.combine(words.1)
    hasher.combine(words.2)
    hasher.combine(words.3)
  }
}

extension Identifier: CustomStringConvertible {
  package var description: String { text }
}
