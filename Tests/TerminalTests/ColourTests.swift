import Terminal
import Testing

@Suite("Output on a terminal")
struct ColourTests {
  private func shown(
    environment: [String: String] = [:], columns: UInt16 = 80, _ write: (Output) -> Void
  ) throws -> String {
    let terminal = try PseudoTerminal(columns: columns)
    write(
      Output(descriptors: terminal.line, terminal.line, environment: { environment[$0] }))
    Output(descriptors: terminal.line, terminal.line).text("END")
    return String(terminal.screen(until: "END\r\n").dropLast(4))
  }

  @Test("words that matter stand out")
  func colourIsShown() throws {
    let shown = try shown { output in
      output.error("no\u{1B}[0m")
      output.line("held", style: .good)
      output.line("", style: .good)
    }
    #expect(
      shown == "casevault: \u{1B}[1;31merror:\u{1B}[0m no\\u{1B}[0m\r\n"
        + "\u{1B}[32mheld\u{1B}[0m\r\n\r\n")
  }

  @Test(
    "colour can be declined",
    arguments: [(["NO_COLOR": "1"], false), (["NO_COLOR": ""], true), (["TERM": "dumb"], false)])
  func colourCanBeDeclined(environment: [String: String], isShown: Bool) throws {
    let shown = try shown(environment: environment) { $0.warning("x") }
    #expect(shown.contains("\u{1B}[33m") == isShown)
    #expect(isShown || shown == "casevault: warning: x\r\n")
  }

  @Test("a table fits the terminal")
  func tableFits() throws {
    let shown = try shown(environment: ["NO_COLOR": "1"], columns: 20) { output in
      var table = Table("Title")
      table.add(["a title that is rather long"])
      output.table(table)
    }
    #expect(shown == "Title\r\na title that is rat…\r\n")
  }

  @Test("the width is the terminal's, and none for a pipe")
  func widthIsTheTerminals() throws {
    let terminal = try PseudoTerminal(columns: 132)
    let pipe = try Pipe()
    #expect(Output(descriptors: terminal.line, pipe.writing).width == 132)
    #expect(Output(descriptors: pipe.writing, terminal.line).width == nil)
  }
}
