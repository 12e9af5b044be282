/// How programs write a path down, undone: each way for itself.
///
/// A path may stand as it is, percent-encoded in a URI (RFC 3986), quoted for a shell, or as
/// zsh keeps it.
enum Respelling {
  /// The bytes as they are, and without each encoding that may be in them.
  static func readings(of bytes: [UInt8]) -> [[UInt8]] {
    var readings = [bytes]
    if bytes.contains(UInt8(ascii: "%")) { readings.append(decodingPercents(bytes)) }
    if bytes.contains(where: quotes.contains) {
      readings.append(bytes.filter { !quotes.contains($0) })
    }
    if bytes.contains(metaMark) {
      let plain = unmetafied(bytes)
      readings.append(plain)
      readings.append(plain.filter { !quotes.contains($0) })
    }
    return readings
  }

  /// The name of a file, and the paths that it may stand for: vim, emacs and vim's views spell
  /// the slashes of a path so.
  static func readings(ofName name: [UInt8]) -> [[UInt8]] {
    let slash = UInt8(ascii: "/")
    func with(_ mark: Character) -> [UInt8] { name.map { $0 == mark.asciiValue ? slash : $0 } }
    var view: [UInt8] = []
    for byte in name {
      if byte == UInt8(ascii: "+"), view.last == UInt8(ascii: "=") { view.removeLast() }
      view.append(byte == UInt8(ascii: "+") ? slash : byte)
    }
    return [name, with("%"), with("!"), view]
  }

  /// How much longer than the path any of these spellings can be.
  static let longest = 3

  private static let quotes: Set<UInt8> = Set("\\\"'".utf8)
  /// zsh writes this before a byte that means something to it, and alters that (zsh, `metafy`).
  private static let metaMark: UInt8 = 0x83

  private static func decodingPercents(_ bytes: [UInt8]) -> [UInt8] {
    var decoded: [UInt8] = []
    decoded.reserveCapacity(bytes.count)
    var position = 0
    while position < bytes.count {
      if bytes[position] == UInt8(ascii: "%"), position + 2 < bytes.count,
        let high = digit(bytes[position + 1]), let low = digit(bytes[position + 2])
      {
        decoded.append(high << 4 | low)
        position += 3
      } else {
        decoded.append(bytes[position])
        position += 1
      }
    }
    return decoded
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    default: nil
    }
  }

  private static func unmetafied(_ bytes: [UInt8]) -> [UInt8] {
    var plain: [UInt8] = []
    plain.reserveCapacity(bytes.count)
    var isMarked = false
    for byte in bytes {
      if byte == metaMark, !isMarked {
        isMarked = true
      } else {
        plain.append(isMarked ? byte ^ 32 : byte)
        isMarked = false
      }
    }
    return plain
  }
}
