import Terminal
import Testing

@Suite("What is shown of a text")
struct EscapingTests {
  @Test(
    "ordinary writing is left as it is",
    arguments: [
      "", "plain ASCII, 100% of it: \\ / ~", "Zoë Müller-Ørsted", "Zoe\u{308}", "Nguyễn Thị Ánh",
      "王小明", "佐藤 さくら", "김민준", "محمد", "עברית", "Ελένη", "🙂", "👩🏽‍🎓", "👨‍👩‍👧‍👦", "🏳️‍🌈", "❤️", "1️⃣", "🇬🇧",
      "\u{1F3F4}\u{E0067}\u{E0062}\u{E0077}\u{E006C}\u{E0073}\u{E007F}",
      "ශ්\u{200D}රී", "葛\u{E0100}城", "no\u{A0}break",
    ])
  func ordinaryWritingPasses(text: String) {
    #expect(Array(escaped(text).unicodeScalars) == Array(text.unicodeScalars))
  }

  @Test(
    "what moves, hides or reorders is spelt out",
    arguments: [
      ("a\nb", #"a\u{A}b"#), ("a\r\nb", #"a\u{D}\u{A}b"#), ("\tb", #"\u{9}b"#),
      ("\u{1B}[2J", #"\u{1B}[2J"#), ("\0", #"\u{0}"#), ("\u{7F}", #"\u{7F}"#),
      ("\u{9B}31m", #"\u{9B}31m"#), ("\u{85}", #"\u{85}"#),
      ("photo\u{202E}gpj.exe", #"photo\u{202E}gpj.exe"#), ("\u{202A}", #"\u{202A}"#),
      ("\u{2066}x\u{2069}", #"\u{2066}x\u{2069}"#), ("\u{61C}", #"\u{61C}"#),
      ("\u{200E}\u{200F}", #"\u{200E}\u{200F}"#), ("\u{2028}\u{2029}", #"\u{2028}\u{2029}"#),
      ("\u{FEFF}Ann", #"\u{FEFF}Ann"#), ("An\u{200B}n", #"An\u{200B}n"#),
      ("An\u{200C}n", #"An\u{200C}n"#), ("An\u{200D}n", #"An\u{200D}n"#),
      ("\u{2060}", #"\u{2060}"#),
      ("\u{AD}", #"\u{AD}"#), ("\u{3164}", #"\u{3164}"#), ("\u{E000}", #"\u{E000}"#),
      ("\u{10FFFF}", #"\u{10FFFF}"#), ("\u{378}", #"\u{378}"#), ("\u{FFF9}", #"\u{FFF9}"#),
      ("a\u{E0041}", #"a\u{E0041}"#), ("a\u{FE01}", #"a\u{FE01}"#),
      ("🙂\u{200D}", #"🙂\u{200D}"#), ("🙂\u{E0041}", #"🙂\u{E0041}"#),
    ])
  func deceptiveScalarsAreSpeltOut(text: String, shown: String) {
    #expect(escaped(text) == shown)
    #expect(escaped(escaped(text)) == shown)
  }

  @Test("a text of lines keeps newlines and tabs, and nothing else")
  func linesAreKept() {
    #expect(escapedLines("a\n\tb\r\nc\rd\u{1B}e\n") == "a\n\tb\nc\\u{D}d\\u{1B}e\n")
  }

  @Test("JSON means the same after it is made safe")
  func jsonStaysJSON() {
    #expect(
      escapedJSON("{\"name\":\"a\u{202E}b\u{E0041}é\u{7F}\"}\n")
        == "{\"name\":\"a\\u202Eb\\uDB40\\uDC41é\\u007F\"}\n")
  }

  @Test(
    "file names that are not UTF-8 show their bytes",
    arguments: [
      ([0x61, 0xFF, 0x62], #"a\xFFb"#), ([0xC3, 0xA9], "é"), ([0xC3], #"\xC3"#),
      ([0xE2, 0x80, 0xAE, 0x78], #"\u{202E}x"#), ([0xE2, 0x80], #"\xE2\x80"#),
      ([0xC0, 0xAF], #"\xC0\xAF"#), ([0xED, 0xA0, 0x80], #"\xED\xA0\x80"#),
      ([0xF0, 0x9F, 0x99, 0x82, 0x80], #"🙂\x80"#), ([0x0A], #"\u{A}"#), ([], ""),
    ] as [([UInt8], String)])
  func invalidBytesAreShown(bytes: [UInt8], shown: String) {
    #expect(escaped(bytes: bytes) == shown)
  }

  @Test("an emoji among bytes is recognised as a whole")
  func emojiAmongBytesPasses() {
    #expect(escaped(bytes: Array("👩🏽‍🎓.pdf".utf8)) == "👩🏽‍🎓.pdf")
  }
}
