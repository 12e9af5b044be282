/// A line that a person typed at a shell and the shell remembers.
package struct TypedLine {
  /// The options of casevault that take words about a client or of a note.
  private static let wordOptions: Set<String> = [
    "--client", "--pseudonym", "--student-id", "--email", "--phone", "--contact",
    "--unsafe-contact", "--party", "--topic", "--drop-email", "--drop-phone", "--drop-party",
    "--title", "--matter", "--choices", "--advice", "--next-steps", "--reason",
  ]

  private let words: [String]

  /// - Parameter text: with or without what zsh and fish write before a line.
  package init(_ text: Substring) {
    words = text.split { " \t;()`".contains($0) }.map { String($0) }
  }

  /// Whether it calls casevault with words about a client.
  package var tellsWords: Bool {
    words.indices.contains { position in
      Self.isCasevault(words[position])
        && tellsWords(after: words[(position + 1)...], before: words[..<position])
    }
  }

  private static func isCasevault(_ word: String) -> Bool {
    let plain = word.filter { !"\"'\\$".contains($0) }
    return plain.split(separator: "/").last == "casevault"
  }

  private func tellsWords(
    after: ArraySlice<String>, before: ArraySlice<String>
  ) -> Bool {
    let own = after.prefix { !["|", "||", "&", "&&"].contains($0) }
    let options = own.map { String($0.prefix { $0 != "=" }) }
    if options.contains(where: Self.wordOptions.contains) { return true }
    // A text handed over on the line itself: a here-document, or through a pipe.
    if own.contains(where: { $0.hasPrefix("<<") }) { return true }
    if before.last == "|", before.contains(where: ["echo", "printf"].contains) { return true }
    let commands = own.filter { !$0.hasPrefix("-") }
    return commands.starts(with: ["case", "find"]) && commands.count > 2
  }
}

extension TypedLine {
  /// Whether the folder of a case is typed somewhere in a history: relative to where the
  /// person was, with its blank quoted or escaped.
  static func namesCaseFolder(_ bytes: [UInt8]) -> Bool {
    bytes.indices.contains { position in
      guard bytes[position] == UInt8(ascii: "-"), position >= 5 else { return false }
      let start = position - 4
      let isQuoted = "\"'".utf8.contains(bytes[start - 1])
      if isQuoted { return Traces.isCaseFolder(bytes, at: start) }
      let end = start + 9
      guard end + 1 < bytes.count, bytes[end] == UInt8(ascii: "\\") else { return false }
      return Traces.isCaseFolder(Array(bytes[start..<end] + bytes[(end + 1)...].prefix(2)), at: 0)
    }
  }
}
