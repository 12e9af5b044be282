/// What the command line asks for.
struct Invocation {
  enum Mode {
    /// - Parameter resuming: Where this program takes up the work of a run that broke; `nil` for a
    ///   new run.
    case mail(resuming: Resumption?)
    /// The number counts from 1, in the order of the facts.
    case attachment(Int)
    case scan
    case text(mediaType: String)
  }

  let mode: Mode
  /// The longest time that the whole run may take.
  let seconds: Int

  private static let usage = """
    usage: casevault-intake mail | attachment N | scan | text MEDIATYPE  [--seconds N]
    """

  /// - Throws: A refusal with the usage when the words make no sense.
  init(_ words: some Sequence<String>) throws(Refusal) {
    var options: [String: Int64] = [:]
    var positional: [String] = []
    var words = words.makeIterator()
    while let word = words.next() {
      guard word.hasPrefix("--") else {
        positional.append(word)
        continue
      }
      guard word == Self.secondsOption || Resumption.depths.keys.contains(word),
        let value = words.next().flatMap({ Int64($0) }), value >= 0
      else { throw Refusal(.usage, Self.usage) }
      options[word] = value
    }
    mode = try Self.mode(positional, resuming: Resumption(options))
    let standard = Self.standardSeconds(of: mode)
    seconds = Int(min(max(options[Self.secondsOption] ?? standard, 1), 86_400))
  }

  static let secondsOption = "--seconds"

  private static func mode(
    _ words: [String], resuming resumption: Resumption?
  ) throws(Refusal) -> Mode {
    switch (words.first, words.count) {
    case ("mail", 1): return .mail(resuming: resumption)
    case ("scan", 1): return .scan
    case ("text", 2): return .text(mediaType: words[1])
    case ("attachment", 2):
      if let number = Int(words[1]), number > 0 { return .attachment(number) }
      fallthrough
    default: throw Refusal(.usage, usage)
    }
  }

  /// A large mbox takes longer than any one scan should.
  private static func standardSeconds(of mode: Mode) -> Int64 {
    if case .mail = mode { 1_200 } else { 120 }
  }
}

/// What this program says to itself when it starts anew at a message that broke it.
struct Resumption {
  static let depths: [String: Depth] = [
    "--headers-only": .headersOnly, "--bytes-only": .bytesOnly,
  ]

  /// Where the message begins: its ``MessageSlice/marker``.
  let offset: Int64
  let depth: Depth

  init?(_ options: [String: Int64]) {
    for (option, depth) in Self.depths {
      guard let offset = options[option] else { continue }
      self.offset = offset
      self.depth = depth
      return
    }
    return nil
  }
}
