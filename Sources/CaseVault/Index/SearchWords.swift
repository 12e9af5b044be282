@_spi(_Unicode) internal import Swift
internal import VaultFormat

/// The words of a text as search compares them: without case, accents, marks or
/// punctuation (`Søren O'Néill` → `soren`, `o`, `neill`).
package struct SearchWords: Sendable {
  private let words: [String]

  package init(_ text: String) {
    words = Self.split(text)
  }

  package var isEmpty: Bool { words.isEmpty }

  /// Whether each of these words begins a word of `texts`, in any order.
  package func match(_ texts: [String]) -> Bool { match(SearchText(texts)) }

  /// Whether each of these words begins a word of a text that was taken apart before.
  func match(_ text: SearchText) -> Bool {
    words.allSatisfy { word in
      text.holds(word, anywhere: Self.isIdeographic(word))
    }
  }

  /// The words of a text, and what it is without anything between them:
  /// `O'Neill` is found as `oneill`, `07700 900123` as `07700900123`.
  static func words(of text: String) -> [String] {
    let words = split(text)
    let chunks = text.split(whereSeparator: \.isWhitespace).map { split(String($0)) }
    return words + chunks.filter { $0.count > 1 }.map { $0.joined() }
      + (words.count > 1 ? [words.joined()] : [])
  }

  /// Scripts that write no spaces are searched within their words.
  private static func isIdeographic(_ word: String) -> Bool {
    word.unicodeScalars.contains {
      $0.properties.isIdeographic || (0x3040...0x30ff).contains($0.value)
    }
  }

  /// Letters that no decomposition turns into their plain form.
  private static let plain: [Unicode.Scalar: String] = [
    "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l",
    "ħ": "h", "ı": "i", "ŋ": "n", "ŧ": "t", "ς": "σ",
  ]

  private static func split(_ text: String) -> [String] {
    text.utf8.allSatisfy { $0 < 0x80 } ? splitASCII(text) : splitUnicode(text)
  }

  /// What most names and subjects are: there every letter is its own plain form.
  private static func splitASCII(_ text: String) -> [String] {
    text.utf8.split { !isASCIIWord($0) }.map { word in
      String(
        decoding: word.map { isASCIICapital($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
    }
  }

  private static func isASCIICapital(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
  }

  private static func isASCIIWord(_ byte: UInt8) -> Bool {
    isASCIICapital(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
      || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }

  private static func splitUnicode(_ text: String) -> [String] {
    var words: [String] = []
    var word = ""
    // Lower-cased first: a capital İ decomposes only then.
    for scalar in text.lowercased()._nfd {
      if scalar.properties.canonicalCombiningClass != .notReordered { continue }
      if scalar.properties.isAlphabetic || scalar.properties.numericType != nil {
        word += plain[scalar] ?? String(Character(scalar))
      } else if !isJoiner(scalar), !word.isEmpty {
        words.append(word)
        word = ""
      }
    }
    if !word.isEmpty { words.append(word) }
    return words
  }

  /// Marks of scripts whose vowel signs have no combining class, and joiners,
  /// do not end a word.
  private static func isJoiner(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .spacingMark, .enclosingMark, .format: true
    default: false
    }
  }
}

extension Index {
  /// The cases whose summary has all these words, by case.
  package func find(_ typed: String) -> [Row] {
    let words = SearchWords(typed)
    guard !words.isEmpty else { return [] }
    return filter { words.match($0.text) }
  }
}
