import Foundation
import TestSupport
import Testing

/// Nothing of a client lies in the vault or in the home, in any spelling.
struct LeakTests {
  /// Words that are in no file of casevault's own.
  private static let words = [
    "Quetzalcoatl", "Zephyrine", "s7654321", "heronbird@example.org", "Grabfieldson", "Tenancyzzz",
    "Wombatnote", "Okapiletter", "Ibexsubject", "Tapirscan", "Lemurreason", "Gnuupdate",
    "+44 20 7946 0999", "Bongoattachment",
  ]

  private func filled() throws -> Desk {
    let desk = try Desk()
    let reference = try desk.openCase(
      "--client", "Quetzalcoatl Zephyrine", "--student-id", "s7654321", "--email",
      "heronbird@example.org", "--party", "Grabfieldson", "--topic", "Tenancyzzz", "--phone",
      "+44 20 7946 0999")
    let note = try desk.note("Wombatnote rang.", in: reference)
    try desk.mail(
      message(from: "heronbird@example.org", subject: "Ibexsubject", body: "Okapiletter\n"),
      in: reference)
    try desk.file("Tapirscan.bin", "Bongoattachment")
    try desk.casevault("scan", "add", reference, desk.files.at("Tapirscan.bin"), "--as-is")
      .succeeded()
    try desk.casevault("withdraw", reference, note, "--reason", "Lemurreason").succeeded()
    try desk.casevault("case", "update", reference, "--topic", "Gnuupdate").succeeded()
    for command in [
      ["case", "list"], ["case", "find", "quetzalcoatl"], ["case", "show", reference],
      ["check", "--deep", "--repair"],
    ] {
      try desk.run(command).succeeded()
    }
    // A command that fails half-way leaves nothing readable either.
    _ = try desk.run(
      ["note", "add", reference, "--worked", "2999-01-01"], input: "Wombatnote again")
    return desk
  }

  @Test func noFileHoldsAWordOfAClient() throws {
    let desk = try filled()
    for (place, share) in [("vault", desk.vault), ("home", desk.home)] {
      for file in share.files() {
        let bytes = Data(try share.read(file))
        for word in Self.words {
          for (spelling, pattern) in Self.spellings(of: word) {
            #expect(
              bytes.firstRange(of: pattern) == nil, "\(word) as \(spelling): \(place)/\(file)")
          }
        }
      }
    }
  }

  @Test func noNameHoldsAWordOfAClient() throws {
    let desk = try filled()
    let names = (desk.vault.everything() + desk.home.everything()).joined(separator: "\n")
      .lowercased()
    for word in Self.words { #expect(!names.contains(word.lowercased())) }
    for path in desk.vault.everything() where !["casevault.json", "README.txt"].contains(path) {
      for name in path.split(separator: "/") {
        #expect(name.utf8.count <= 64, "\(path)")
        #expect(name.wholeMatch(of: /[a-z0-9]+([-.][a-z0-9]+)?/) != nil, "\(path)")
      }
    }
  }

  @Test func theHomeIsItsOwnersAlone() throws {
    let desk = try filled()
    let modes = try desk.shell("find home ! -type l -printf '%m %y\\n' | sort -u").lines
    #expect(modes.allSatisfy { ["600 f", "700 d"].contains($0) }, "\(modes)")
    #expect(desk.home.exists("CACHEDIR.TAG"))
  }

  @Test func theTestFindsWhatItLooksFor() {
    let hidden = Data(Data("..Wombatnote..".utf8).base64EncodedString().utf8)
    #expect(
      Self.spellings(of: "Wombatnote").contains { hidden.firstRange(of: $0.pattern) != nil })
  }

  private typealias Spelling = (name: String, pattern: Data)

  private static func spellings(of word: String) -> [Spelling] {
    let utf8 = Data(word.utf8)
    var spellings: [Spelling] = [
      ("UTF-8", utf8), ("UTF-8 in lower case", Data(word.lowercased().utf8)),
      ("UTF-16LE", Data(word.utf16.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] })),
      ("UTF-16BE", Data(word.utf16.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] })),
      ("hexadecimal", Data(utf8.map { String(format: "%02x", $0) }.joined().utf8)),
    ]
    for shift in 0..<3 {
      // Characters that hold bits of the neighbours are left out.
      let text = (Data(repeating: 0, count: shift) + utf8).base64EncodedString()
      let end = text.count - (text.hasSuffix("=") ? 3 : 1)
      let middle = text.dropFirst(shift + 1).prefix(max(0, end - shift - 1))
      spellings.append(("base64", Data(middle.utf8)))
    }
    return spellings
  }
}
