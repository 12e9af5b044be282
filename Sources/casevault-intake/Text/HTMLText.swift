/// Returns the words of an HTML document: no tags, no scripts, no styles, a line for every block.
///
/// For reading only, and for no browser: nothing of it is trusted or followed.
func plainText(ofHTML html: String) -> String {
  var reading = HTMLReading(rest: Substring(html).unicodeScalars)
  return reading.words()
}

private struct HTMLReading {
  var rest: Substring.UnicodeScalarView
  private var text = String.UnicodeScalarView()

  init(rest: Substring.UnicodeScalarView) {
    self.rest = rest
  }

  private static let blocks: Set<String> = [
    "br", "p", "div", "tr", "li", "ul", "ol", "table", "h1", "h2", "h3", "h4", "hr",
    "blockquote", "pre",
  ]
  private static let unread: Set<String> = ["script", "style", "title"]

  mutating func words() -> String {
    while let scalar = rest.popFirst() {
      switch scalar {
      case "<": passTag()
      case "&": takeEntity()
      default: take(scalar)
      }
    }
    return String(text)
  }

  /// Any white space is one blank, and none begins a line.
  private mutating func take(_ scalar: Unicode.Scalar) {
    guard scalar.properties.isWhitespace else { return text.append(scalar) }
    if let last = text.last, last != " ", last != "\n" { text.append(" ") }
  }

  private mutating func passTag() {
    if rest.starts(with: "!--".unicodeScalars) { return pass(through: "-->") }
    guard let first = rest.first, first == "/" || first == "!" || first.properties.isAlphabetic
    else { return text.append("<") }
    let isEnd = first == "/"
    if isEnd { rest.removeFirst() }
    let name = String(rest.prefix { $0.properties.isAlphabetic || ("0"..."9").contains($0) })
      .lowercased()
    pass(through: ">")
    if Self.unread.contains(name), !isEnd {
      pass(through: "</\(name)")
      pass(through: ">")
    }
    if Self.blocks.contains(name), let last = text.last, last != "\n" { text.append("\n") }
  }

  /// Moves behind the next `end`, or to the end of everything.
  private mutating func pass(through end: String) {
    let end = Array(end.unicodeScalars)
    while let scalar = rest.first {
      if scalar == end[0], matches(end) {
        rest.removeFirst(end.count)
        return
      }
      rest.removeFirst()
    }
  }

  private func matches(_ end: [Unicode.Scalar]) -> Bool {
    rest.prefix(end.count).elementsEqual(end) { scalar, expected in
      scalar.properties.lowercaseMapping == String(expected)
    }
  }

  private static let entities: [String: Unicode.Scalar] = [
    "amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'", "nbsp": " ", "pound": "£",
    "euro": "€", "ndash": "–", "mdash": "—", "lsquo": "‘", "rsquo": "’", "ldquo": "“",
    "rdquo": "”", "hellip": "…", "copy": "©", "eacute": "é",
  ]

  private mutating func takeEntity() {
    let name = String(rest.prefix(10).prefix { $0 != ";" })
    guard rest.dropFirst(name.unicodeScalars.count).first == ";", let scalar = Self.scalar(name)
    else { return text.append("&") }
    rest.removeFirst(name.unicodeScalars.count + 1)
    take(scalar)
  }

  private static func scalar(_ name: String) -> Unicode.Scalar? {
    guard name.hasPrefix("#") else { return entities[name] }
    let digits = name.dropFirst()
    let number =
      digits.lowercased().hasPrefix("x") ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
    return number.flatMap(Unicode.Scalar.init)
  }
}
