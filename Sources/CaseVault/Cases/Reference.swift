/// The name by which people speak of a case, such as `7K3Q-M2XD` (FORMAT §4.7).
package struct Reference: Hashable, Sendable {
  private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)

  /// `XXXX-XXXX`.
  package let text: String

  /// A reference from seven random bytes and its check character.
  package init(random: [UInt8]) {
    precondition(random.count == 7, "a reference has seven random characters")
    let digits = random.map { Int($0 & 31) }
    let characters = (digits + [Self.check(digits)]).map { Self.alphabet[$0] }
    text =
      String(decoding: characters[..<4], as: UTF8.self) + "-"
      + String(decoding: characters[4...], as: UTF8.self)
  }

  /// What a person typed.
  package enum Reading: Equatable {
    case whole(Reference)
    /// A whole reference whose check character does not fit.
    case mistyped
    /// The first characters of one.
    case beginning(String)
    /// No reference.
    case other
  }

  /// Reads what a person typed: case and the dash do not matter, `O` is read as
  /// 0, `I` and `L` as 1.
  package static func read(_ typed: String) -> Reading {
    var digits: [Int] = []
    // As it was pasted: with blanks, or a dash of another length.
    let typed = typed.filter { !$0.isWhitespace && !"-‐‑‒–—−".contains($0) }
    for character in typed.utf8 {
      guard let digit = digit(of: character) else { return .other }
      digits.append(digit)
    }
    guard !digits.isEmpty, digits.count <= 8 else { return .other }
    let characters = digits.map { alphabet[$0] }
    guard digits.count == 8 else {
      let head = String(decoding: characters.prefix(4), as: UTF8.self)
      let tail = String(decoding: characters.dropFirst(4), as: UTF8.self)
      return .beginning(tail.isEmpty ? head : head + "-" + tail)
    }
    let seven = Array(digits[..<7])
    guard check(seven) == digits[7] else { return .mistyped }
    return .whole(Reference(random: seven.map(UInt8.init)))
  }

  /// Nil unless the text is a reference in its written form.
  package init?(_ text: String) {
    guard case .whole(let reference) = Self.read(text), reference.text == text else { return nil }
    self = reference
  }

  /// Luhn mod 32: finds every mistyped character and nearly every swap of two.
  private static func check(_ digits: [Int]) -> Int {
    var sum = 0
    for (index, digit) in digits.reversed().enumerated() {
      let product = index.isMultiple(of: 2) ? digit * 2 : digit
      sum += product / 32 + product % 32
    }
    return (32 - sum % 32) % 32
  }

  private static func digit(of character: UInt8) -> Int? {
    var character = character
    if (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(character) { character -= 32 }
    switch character {
    case UInt8(ascii: "O"): return 0
    case UInt8(ascii: "I"), UInt8(ascii: "L"): return 1
    default: return alphabet.firstIndex(of: character)
    }
  }
}
