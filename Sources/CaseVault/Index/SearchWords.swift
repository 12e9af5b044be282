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
  package func match(_ texts: [String]) -> Bool {
    let there = texts.flatMap(Self.words)
    return words.allSatisfy { word in
      there.contains { Self.isIdeographic(word) ? $0.contains(word) : $0.hasPrefix(word) }
    }
  }

  /// The words of a text, and what it is without anything between them:
  /// `O'Neill` is found as `oneill`, `07700 900123` as `07700900123`.
  private static func words(of text: String) -> [String] {
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
  /// The cases whose summary has all these words.
  package func find(_ typed: String) -> [Row] {
    let words = SearchWords(typed)
    guard !words.isEmpty else { return [] }
    return all.filter { row in
      words.match(row.summary.entries.filter { $0.field != .adviser }.map(\.text))
    }
  }
}
