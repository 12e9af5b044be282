internal import VaultFormat

/// The words of one or several texts as search compares them, in one run of bytes, so that a
/// hundred thousand cases are looked through in a moment.
struct SearchText {
  /// Before each word and at the end stands a zero, which no word has.
  private let bytes: [UInt8]

  init(_ texts: [String]) {
    var bytes: [UInt8] = [0]
    for word in Set(texts.flatMap(SearchWords.words)) {
      bytes += word.utf8
      bytes.append(0)
    }
    self.bytes = bytes
  }

  /// Whether a word begins with this one, or holds it, where that is asked for.
  ///
  /// Bytes find the place. Where they are not ASCII, characters decide: half of a Hangul syllable
  /// is none.
  func holds(_ word: String, anywhere: Bool) -> Bool {
    let sought = Array((anywhere ? "" : "\0").utf8) + Array(word.utf8)
    let isPlain = word.utf8.allSatisfy { $0 < 0x80 }
    var start = 0
    while let found = place(of: sought, from: start) {
      guard !isPlain else { return true }
      let there = self.word(around: found + (anywhere ? 0 : 1))
      if anywhere ? there.contains(word) : there.hasPrefix(word) { return true }
      start = found + 1
    }
    return false
  }

  private func place(of sought: [UInt8], from start: Int) -> Int? {
    guard let first = sought.first, bytes.count >= sought.count else { return nil }
    return bytes.withUnsafeBufferPointer { bytes in
      sought.withUnsafeBufferPointer { sought in
        let last = bytes.count - sought.count
        var place = start
        while place <= last {
          if bytes[place] == first {
            var length = 1
            while length < sought.count, bytes[place + length] == sought[length] { length += 1 }
            if length == sought.count { return place }
          }
          place += 1
        }
        return nil
      }
    }
  }

  private func word(around place: Int) -> String {
    let start = bytes[..<place].lastIndex(of: 0).map { $0 + 1 } ?? 0
    let end = bytes[place...].firstIndex(of: 0) ?? bytes.count
    return String(decoding: bytes[start..<end], as: UTF8.self)
  }
}
