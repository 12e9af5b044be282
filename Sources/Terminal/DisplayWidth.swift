/// Returns how many columns of a terminal a text takes.
///
/// As `wcwidth` counts, and without its need of a locale: ideographs and emoji
/// take two columns, combining marks none. The text is expected to be escaped.
package func displayWidth(_ text: String) -> Int {
  if text.utf8.allSatisfy({ (0x20...0x7E) ~= $0 }) { return text.utf8.count }
  return text.reduce(0) { $0 + displayWidth($1) }
}

/// Returns a text cut to a number of columns, its end replaced by `…` when it was longer.
package func truncated(_ text: String, toWidth limit: Int) -> String {
  guard displayWidth(text) > limit else { return text }
  guard limit > 0 else { return "" }
  var kept = ""
  var width = 1  // The ellipsis.
  for character in text {
    width += displayWidth(character)
    guard width <= limit else { break }
    kept.append(character)
  }
  return kept + "…"
}

private func displayWidth(_ character: Character) -> Int {
  let scalars = character.unicodeScalars
  // Flags, families and keycaps are drawn as one picture.
  let isPicture =
    scalars.contains("\u{FE0F}")
    || scalars.count > 1 && scalars.first.map(isPictographic) == true
  return isPicture ? 2 : scalars.reduce(0) { $0 + displayWidth($1) }
}

private func isPictographic(_ scalar: Unicode.Scalar) -> Bool {
  scalar.properties.isEmojiPresentation || (0x1F1E6...0x1F1FF) ~= scalar.value
}

private func displayWidth(_ scalar: Unicode.Scalar) -> Int {
  if scalar.isASCII { return scalar.value < 0x20 || scalar.value == 0x7F ? 0 : 1 }
  switch scalar.properties.generalCategory {
  case .nonspacingMark, .enclosingMark, .control, .format: return 0
  default: break
  }
  // The vowels and finals of Hangul join the wide consonant before them.
  if (0x1160...0x11FF) ~= scalar.value { return 0 }
  return scalar.properties.isEmojiPresentation || isWide(scalar.value) ? 2 : 1
}

/// The blocks that Unicode's EastAsianWidth calls W or F, emoji aside.
///
/// Blocks and not single scalars: the few unassigned ones among them are
/// escaped before they get here.
private let wideBlocks: [ClosedRange<UInt32>] = [
  0x1100...0x115F,  // Hangul consonants
  0x2329...0x232A,  // angle brackets
  0x2E80...0x303E,  // radicals, CJK punctuation
  0x3041...0x33FF,  // kana, Bopomofo, enclosed CJK
  0x3400...0x4DBF,  // ideographs, extension A
  0x4E00...0x9FFF,  // ideographs
  0xA000...0xA4CF,  // Yi
  0xA960...0xA97F,  // Hangul, extended A
  0xAC00...0xD7A3,  // Hangul syllables
  0xF900...0xFAFF,  // compatibility ideographs
  0xFE10...0xFE19,  // vertical forms
  0xFE30...0xFE6F,  // compatibility and small forms
  0xFF01...0xFF60,  // full-width forms
  0xFFE0...0xFFE6,  // full-width signs
  0x16FE0...0x18DFF,  // Tangut, Khitan
  0x1AFF0...0x1B2FF,  // kana supplements, Nüshu
  0x1F200...0x1F265,  // enclosed ideographs
  0x1F300...0x1F64F,  // pictographs
  0x1F900...0x1F9FF,  // supplemental pictographs
  0x20000...0x3FFFD,  // ideographs, further extensions
]

private func isWide(_ value: UInt32) -> Bool {
  guard value >= 0x1100 else { return false }
  return wideBlocks.contains { $0 ~= value }
}
