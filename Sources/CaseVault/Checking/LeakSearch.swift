/// Searches bytes for many words at once, without regard to ASCII case
/// (the first step of Rabin and Karp, 1987, with a fixed window).
struct LeakSearch {
  /// Bytes that a word needs to be searched for: shorter ones are everywhere.
  static let shortest = 6
  private static let window = 4

  private var byWindow: [UInt32: [[UInt8]]] = [:]
  /// A bit for each hash of a window that some word begins with.
  private var marks = [Bool](repeating: false, count: 1 << 16)
  /// The longest word, in bytes.
  private(set) var longest = 0

  /// - Parameter words: in any spelling; sought as UTF-8 and as UTF-16.
  init(_ words: some Sequence<String>) {
    for word in Set(words) where word.utf8.count >= Self.shortest {
      add(word.utf8.map(Self.lowered))
      add(word.utf16.flatMap { [Self.lowered(UInt8($0 & 255)), UInt8($0 >> 8)] })
    }
  }

  private mutating func add(_ word: [UInt8]) {
    let first = word[..<Self.window].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    byWindow[first, default: []].append(word)
    marks[Self.hash(first)] = true
    longest = max(longest, word.count)
  }

  /// Whether any word stands in these bytes.
  func finds(in bytes: UnsafeRawBufferPointer) -> Bool {
    guard bytes.count >= Self.window else { return false }
    var current: UInt32 = 0
    for end in bytes.indices {
      current = current >> 8 | UInt32(Self.lowered(bytes[end])) << 24
      guard end >= Self.window - 1, marks[Self.hash(current)],
        let words = byWindow[current]
      else { continue }
      let start = end - Self.window + 1
      if words.contains(where: { stands($0, at: start, in: bytes) }) { return true }
    }
    return false
  }

  private func stands(_ word: [UInt8], at start: Int, in bytes: UnsafeRawBufferPointer) -> Bool {
    guard bytes.count - start >= word.count else { return false }
    return word.indices.allSatisfy { Self.lowered(bytes[start + $0]) == word[$0] }
  }

  private static func hash(_ window: UInt32) -> Int { Int((window &* 2_654_435_761) >> 16) }

  private static func lowered(_ byte: UInt8) -> UInt8 {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
  }
}
