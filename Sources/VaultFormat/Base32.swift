/// RFC 4648 base32 in lower case, without padding (FORMAT §1).
package enum Base32 {
  private static let alphabet = Array("abcdefghijklmnopqrstuvwxyz234567".utf8)

  /// Encodes bytes.
  package static func encode(_ bytes: some Sequence<UInt8>) -> String {
    var text: [UInt8] = []
    text.reserveCapacity((bytes.underestimatedCount * 8 + 4) / 5)
    var pending: UInt32 = 0
    var bits = 0
    for byte in bytes {
      pending = pending << 8 | UInt32(byte)
      bits += 8
      while bits >= 5 {
        bits -= 5
        text.append(alphabet[Int(pending >> UInt32(bits) & 31)])
      }
    }
    if bits > 0 { text.append(alphabet[Int(pending << UInt32(5 - bits) & 31)]) }
    return String(decoding: text, as: UTF8.self)
  }

  /// Decodes text in the one form that `encode` gives.
  ///
  /// - Returns: nil for any other character, a length that no bytes have, or
  ///   trailing bits that are not zero.
  package static func decode(_ text: some StringProtocol) -> [UInt8]? {
    let text = String(text)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.utf8.count * 5 / 8)
    return decode(text.utf8.span) { bytes.append($0) } ? bytes : nil
  }

  /// Decodes as ``decode(_:)`` does, byte for byte.
  ///
  /// - Returns: whether the text is in that form; otherwise what was taken means nothing.
  static func decode(_ characters: Span<UInt8>, _ take: (UInt8) -> Void) -> Bool {
    var pending: UInt32 = 0
    var bits = 0
    for index in characters.indices {
      guard let value = value(of: characters[index]) else { return false }
      pending = pending << 5 | UInt32(value)
      bits += 5
      if bits >= 8 {
        bits -= 8
        take(UInt8(truncatingIfNeeded: pending >> UInt32(bits)))
      }
    }
    return bits < 5 && pending & ((1 << UInt32(bits)) - 1) == 0
  }

  /// Whether text is of the alphabet throughout, whatever its length.
  package static func isText(_ text: String) -> Bool {
    text.utf8.allSatisfy { value(of: $0) != nil }
  }

  private static func value(of character: UInt8) -> UInt8? {
    switch character {
    case UInt8(ascii: "a")...UInt8(ascii: "z"): character - UInt8(ascii: "a")
    case UInt8(ascii: "2")...UInt8(ascii: "7"): character - UInt8(ascii: "2") + 26
    default: nil
    }
  }
}
