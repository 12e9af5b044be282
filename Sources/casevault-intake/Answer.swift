import SystemPackage

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// What this program says, on standard output.
enum Answer {
  /// The most that is written of one document's text.
  private static let textLimit = 32 << 20

  /// Writes one JSON object and a newline.
  static func line(_ value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var bytes = [UInt8](try encoder.encode(value))
    bytes.append(UInt8(ascii: "\n"))
    try write(bytes)
  }

  /// Writes words for a terminal: lines, tabs, and no other control character.
  static func text(_ text: String) throws {
    var shown = String.UnicodeScalarView()
    var previous: Unicode.Scalar?
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\n" where previous == "\r": break
      case "\n", "\r": shown.append("\n")
      case "\u{c}": shown.append("\n")
      case "\t": shown.append(scalar)
      default: shown.append(isUnfit(scalar) ? " " : scalar)
      }
      previous = scalar
    }
    if shown.last != "\n" { shown.append("\n") }
    try write(Array(String(shown).utf8.prefix(textLimit)))
  }

  static func write(_ bytes: [UInt8]) throws {
    try bytes.withUnsafeBytes { bytes in try write(bytes) }
  }

  static func write(_ bytes: UnsafeRawBufferPointer) throws {
    _ = try FileDescriptor.standardOutput.writeAll(bytes)
  }
}
