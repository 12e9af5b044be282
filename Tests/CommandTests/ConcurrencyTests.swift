import TestSupport
import Testing

/// Several programs of one home, and of several, at work in one vault.
struct ConcurrencyTests {
  @Test func eightAtOnceLoseNothing() throws {
    let desk = try Desk()
    let reference = try desk.openCase("--client", "Nadia")
    for round in 0..<2 {
      let running = try (0..<8).map { number in
        try desk.start(
          number.isMultiple(of: 2)
            ? ["note", "add", reference, "--json"]
            : ["case", "open", "--client", "Client \(round)-\(number)", "--json"],
          input: Array("Note \(round)-\(number)".utf8))
      }
      // All of them are waited for before any is judged.
      let ended = try running.map { try $0.end() }
      for (number, one) in ended.enumerated() {
        #expect(one.status == 0, "\(one.errors)")
        let record = try one.text("record")
        if number.isMultiple(of: 2) {
          #expect(
            try desk.content(of: record, in: reference) == Array("Note \(round)-\(number)".utf8))
        } else {
          #expect(try desk.casevault("case", "show", one.text("ref"), "--quiet").lines == [record])
        }
      }
    }
    #expect(try desk.records(of: reference).count == 1 + 8)
    #expect(try desk.casevault("case", "list", "--quiet").lines.count == 1 + 8)
    #expect(try desk.casevault("check", "--deep").status == 0)
    // Afterwards one command has the index say what the records say.
    try desk.casevault("check", "--repair").succeeded()
    #expect(try desk.casevault("check").output.hasSuffix("Nothing is wrong.\n"))
  }
}
