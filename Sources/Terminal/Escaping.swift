/// Returns a text as one line in which nothing can deceive the reader or the terminal.
///
/// Names, subjects and file names come from outside. A control character in one
/// could move the cursor, and a bidirectional control could make `gpj.exe` read
/// as `exe.jpg`. Each such scalar is shown as `\u{202E}` instead: controls (C0,
/// DEL, C1), line and paragraph separators, everything Unicode calls default
/// ignorable (bidirectional controls, zero-width characters, byte order marks,
/// tags), private use and unassigned scalars. Accents, CJK and emoji pass.
///
/// Backslashes are left alone, so the result is for eyes and not for parsing,
/// and escaping twice changes nothing.
package func escaped(_ text: String) -> String {
  replacingUnsafe(in: text, keeping: [], with: swiftEscape)
}

/// Returns a text of several lines, made safe as ``escaped(_:)`` does, with its newlines and tabs.
///
/// For the body of a note or a mail. A carriage return is dropped where a
/// newline follows it, because mail ends its lines so.
package func escapedLines(_ text: String) -> String {
  let unix = text.contains("\r\n") ? String(text.map { $0 == "\r\n" ? "\n" : $0 }) : text
  return replacingUnsafe(in: unix, keeping: ["\n", "\t"], with: swiftEscape)
}

/// Returns JSON that means the same and is safe to show: unsafe scalars become `\uXXXX`.
///
/// Valid JSON holds scalars other than plain ASCII inside strings only, so each
/// may be replaced without parsing. Newlines and tabs between tokens stay.
package func escapedJSON(_ json: String) -> String {
  replacingUnsafe(in: json, keeping: ["\n", "\r", "\t"]) { scalar in
    String(scalar).utf16.map { "\\u" + hexadecimal(UInt32($0), digits: 4) }.joined()
  }
}

private func replacingUnsafe(
  in text: String, keeping kept: Set<Unicode.Scalar>,
  with replacement: (Unicode.Scalar) -> String
) -> String {
  guard text.unicodeScalars.contains(where: isUnsafe) else { return text }
  var shown = ""
  for character in text {
    guard !isEmojiSequence(character) else {
      shown.append(character)
      continue
    }
    var previous: Unicode.Scalar?
    for scalar in character.unicodeScalars {
      if !isUnsafe(scalar) || kept.contains(scalar) || belongs(scalar, after: previous) {
        shown.unicodeScalars.append(scalar)
      } else {
        shown += replacement(scalar)
      }
      previous = scalar
    }
  }
  return shown
}

private func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
  if scalar.isASCII { return scalar.value < 0x20 || scalar.value == 0x7F }
  switch scalar.properties.generalCategory {
  case .control, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned, .surrogate:
    return true
  default:
    // The interlinear annotation marks hide text, yet are not "ignorable".
    return scalar.properties.isDefaultIgnorableCodePoint || (0xFFF9...0xFFFB) ~= scalar.value
  }
}

/// Whether an invisible scalar does ordinary work where it stands.
///
/// A joiner after a virama shapes Sinhala and Indic names; a variation selector
/// chooses the form of the ideograph before it, as Japanese names need.
private func belongs(_ scalar: Unicode.Scalar, after previous: Unicode.Scalar?) -> Bool {
  guard let previous else { return false }
  switch scalar.value {
  case 0x200C, 0x200D: return previous.properties.canonicalCombiningClass == .virama
  case 0xFE00...0xFE0F, 0xE0100...0xE01EF: return previous.properties.isIdeographic
  default: return false
  }
}

private let joiner: Unicode.Scalar = "\u{200D}"
private let presentation: ClosedRange<Unicode.Scalar> = "\u{FE0E}"..."\u{FE0F}"

/// Whether a character is an emoji made of several scalars, some of them invisible by themselves.
private func isEmojiSequence(_ character: Character) -> Bool {
  if flagsWithTags.contains(character) { return true }
  let scalars = character.unicodeScalars
  guard scalars.first?.properties.isEmoji == true, scalars.last != joiner else { return false }
  var previous: Unicode.Scalar?
  return scalars.allSatisfy { scalar in
    defer { previous = scalar }
    if scalar == joiner { return previous != joiner }
    if presentation ~= scalar { return previous?.properties.isEmoji == true }
    // U+20E3 draws the key around a digit.
    return scalar.properties.isEmoji || scalar == "\u{20E3}"
  }
}

/// The only emoji spelt with tags; tags elsewhere can hide whole sentences.
private let flagsWithTags: Set<Character> = [
  "\u{1F3F4}\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}",
  "\u{1F3F4}\u{E0067}\u{E0062}\u{E0073}\u{E0063}\u{E0074}\u{E007F}",
  "\u{1F3F4}\u{E0067}\u{E0062}\u{E0077}\u{E006C}\u{E0073}\u{E007F}",
]

private func swiftEscape(_ scalar: Unicode.Scalar) -> String {
  "\\u{" + hexadecimal(scalar.value, digits: 1) + "}"
}

func hexadecimal(_ value: UInt32, digits: Int) -> String {
  let text = String(value, radix: 16, uppercase: true)
  return String(repeating: "0", count: max(0, digits - text.count)) + text
}
