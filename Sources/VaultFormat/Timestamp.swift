/// A moment in whole seconds since 1970-01-01T00:00:00Z, written as RFC 3339.
package struct Timestamp: Hashable, Comparable, Sendable {
  package let seconds: Int

  package init(seconds: Int) {
    self.seconds = seconds
  }

  /// Nil unless the text is `YYYY-MM-DDThh:mm:ssZ` and a moment.
  package init?(_ text: some StringProtocol) {
    let bytes = Array(text.utf8)
    guard bytes.count == 20, bytes[10] == UInt8(ascii: "T"), bytes[13] == UInt8(ascii: ":"),
      bytes[16] == UInt8(ascii: ":"), bytes[19] == UInt8(ascii: "Z"),
      let day = CivilDate(String(decoding: bytes[..<10], as: UTF8.self)),
      let hour = Self.number(bytes[11...12]), let minute = Self.number(bytes[14...15]),
      let second = Self.number(bytes[17...18]), hour < 24, minute < 60, second < 60
    else { return nil }
    seconds = day.dayNumber * 86_400 + hour * 3_600 + minute * 60 + second
  }

  /// `YYYY-MM-DDThh:mm:ssZ`.
  package var text: String {
    let second = ((seconds % 86_400) + 86_400) % 86_400
    let day = CivilDate(dayNumber: (seconds - second) / 86_400)?.text ?? "0001-01-01"
    return
      "\(day)T\(padded(second / 3_600, 2)):\(padded(second / 60 % 60, 2)):\(padded(second % 60, 2))Z"
  }

  package static func < (left: Self, right: Self) -> Bool { left.seconds < right.seconds }

  private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
    guard digits.allSatisfy({ (48...57).contains($0) }) else { return nil }
    return Int(String(decoding: digits, as: UTF8.self))
  }
}
