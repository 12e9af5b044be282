#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The longest text value of an answer, in Unicode scalars.
let textLimit = 998
/// The most values in one list of an answer.
let listLimit = 1_000

/// Whether a scalar could move the cursor, reverse the text, or end the line.
func isUnfit(_ scalar: Unicode.Scalar) -> Bool {
  switch scalar.value {
  case 0..<0x20, 0x7f..<0xa0: true
  case 0x2028...0x202e, 0x2066...0x2069, 0xfeff: true
  default: false
  }
}

/// Returns `text` as one line of bounded length without control characters.
func plainLine(_ text: some StringProtocol) -> String {
  var line = String.UnicodeScalarView()
  var length = 0
  for scalar in text.unicodeScalars {
    guard length < textLimit else { break }
    let fit: Unicode.Scalar = isUnfit(scalar) ? " " : scalar
    // A folded header is one space, not two.
    if fit == " ", line.last ?? " " == " " { continue }
    line.append(fit)
    length += 1
  }
  while line.last == " " { line.removeLast() }
  return String(line)
}

/// Returns a C string as one plain line; bytes that are not UTF-8 become U+FFFD.
func plainLine(_ text: UnsafePointer<CChar>?) -> String? {
  guard let text else { return nil }
  // No line of 998 scalars needs more, and nobody copies a header of a gigabyte.
  let length = strnlen(text, 16 * textLimit)
  let bytes = UnsafeRawBufferPointer(start: text, count: length)
  return plainLine(String(decoding: bytes, as: UTF8.self))
}
