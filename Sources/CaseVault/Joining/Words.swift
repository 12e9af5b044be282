internal import Sealing
internal import VaultFormat

/// Eight words that stand for a hash, so that two people can compare it by telephone
/// or in person (FORMAT §6.6). 88 bits: nobody finds a second hash with the same.
package struct Words: Equatable, Sendable {
  package static let count = 8
  private static let bitsOfWord = 11

  /// The words, between single spaces.
  package let text: String

  /// The words of a digest: 11 bits each of its first 88, the highest first.
  init(_ digest: Bytes32) {
    text = (0..<Self.count).map { number in
      String(WordList.words[Self.bits(of: digest, from: number * Self.bitsOfWord)])
    }.joined(separator: " ")
  }

  private static func bits(of digest: Bytes32, from start: Int) -> Int {
    (start..<start + bitsOfWord).reduce(0) { bits, bit in
      bits << 1 | Int(digest[bit / 8] >> UInt8(7 - bit % 8) & 1)
    }
  }

  /// Whether somebody typed these words. Case, spaces and hyphens do not matter.
  package func match(_ typed: String) -> Bool {
    Self.letters(of: typed) == Self.letters(of: text)
  }

  private static func letters(of text: String) -> String {
    text.lowercased().filter { !$0.isWhitespace && !"-‐‑‒–—".contains($0) }
  }
}

extension Words {
  /// What an enrolling device and its admitter compare: the vault, the roster head
  /// that the device saw, and its keys.
  static func joining(
    vault: Identifier, head: Identifier, _ keys: DeviceKeys
  ) -> Words {
    Words(
      hash(.joiningWords, vault.bytes + head.bytes + keys.sign.bytes + keys.unlock.bytes))
  }
}
