import Synchronization
import Terminal
import Testing

/// A clock that the test winds.
private final class Clock: Sendable {
  private let time = Mutex(Duration.seconds(1000))

  var now: Duration { time.withLock { $0 } }

  func wind(_ duration: Duration) {
    time.withLock { $0 += duration }
  }
}

@Suite("How far a command has come")
struct ProgressTests {
  /// What a task of 100 steps of 40 milliseconds each writes to a pipe.
  private func remarks(_ mode: Progress.Mode, total: Int? = 100) throws -> String {
    var pipe = try Pipe()
    let clock = Clock()
    let progress = Progress(
      mode, output: Output(descriptors: pipe.writing, pipe.writing), now: { clock.now })
    progress.begin("Checking", total: total, unit: .things("records"))
    for _ in 1...100 {
      clock.wind(.milliseconds(40))
      progress.advance()
    }
    progress.finish()
    progress.finish()
    progress.advance()
    return pipe.text()
  }

  @Test("plain writes a line every few seconds and one at the end")
  func plainWritesLines() throws {
    #expect(
      try remarks(.plain) == """
        Checking: 75 of 100 records, 75%
        Checking: 100 of 100 records, 100%, done

        """)
  }

  @Test("an unknown total is left out")
  func unknownTotal() throws {
    #expect(
      try remarks(.plain, total: nil) == "Checking: 75 records\nChecking: 100 records, done\n")
  }

  @Test("away from a terminal only plain says anything", arguments: [Progress.Mode.auto, .none])
  func otherwiseSilent(mode: Progress.Mode) throws {
    #expect(try remarks(mode) == "")
  }

  @Test("none is silent on a terminal too")
  func noneIsSilent() throws {
    let terminal = try PseudoTerminal()
    let output = Output(descriptors: terminal.line, terminal.line)
    let progress = Progress(.none, output: output)
    progress.begin("Copying", total: 1, unit: .bytes)
    progress.finish()
    output.line("END")
    #expect(terminal.screen(until: "END") == "END\r\n")
  }

  @Test("a terminal shows one line, at most ten times a second, that gives way")
  func terminalShowsOneLine() throws {
    let terminal = try PseudoTerminal(columns: 30)
    let output = Output(
      descriptors: terminal.line, terminal.line, environment: { _ in "dumb" })
    let clock = Clock()
    let progress = Progress(.auto, output: output, now: { clock.now })

    progress.begin("Copying", total: 2_500_000, unit: .bytes)
    progress.advance(by: 500)
    clock.wind(.milliseconds(99))
    progress.advance(by: 500)
    clock.wind(.milliseconds(1))
    progress.advance(by: 1_249_000)
    output.warning("x")
    progress.finish()
    output.line("END")

    let erase = "\r\u{1B}[K"
    #expect(
      terminal.screen(until: "END\r\n")
        == erase + "Copying: 0 bytes of 2.5 MB, …" + erase + "Copying: 1.2 MB of 2.5 MB, 5…" + erase
        + "casevault: warning: x\r\nEND\r\n")
  }

  @Test(
    "bytes are counted as people do",
    arguments: [
      (0, "0 bytes"), (999, "999 bytes"), (1000, "1.0 kB"), (12_345, "12.3 kB"),
      (999_999, "999.9 kB"), (1_000_000, "1.0 MB"), (12_500_000_000, "12.5 GB"),
      (Int.max, "9.2 EB"),
    ])
  func bytesAreReadable(count: Int, text: String) {
    #expect(byteCount(count) == text)
  }

  @Test("the clock goes on")
  func clockGoesOn() {
    let before = monotonicTime()
    #expect(monotonicTime() >= before)
    #expect(before > .zero)
  }
}
