import Terminal
import Testing

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

@Suite("What a command writes")
struct OutputTests {
  /// What an output wrote to two pipes.
  private func written(
    _ write: (Output) throws -> Void
  ) throws -> (results: String, remarks: String) {
    var results = try Pipe()
    var remarks = try Pipe()
    try write(Output(descriptors: results.writing, remarks.writing))
    return (results.text(), remarks.text())
  }

  @Test("results and remarks go their own ways, escaped and without colour")
  func streamsAreApart() throws {
    let (results, remarks) = try written { output in
      output.line("Ann\u{1B}[31m", style: .strong)
      output.line()
      output.error("case “Ann\n” is damaged", hint: "casevault check")
      output.warning("the clock is \u{202E}behind")
      output.note("4 cases")
      try output.finish()
    }
    #expect(results == "Ann\\u{1B}[31m\n\n")
    #expect(
      remarks == """
        casevault: error: case “Ann\\u{A}” is damaged
        casevault: hint: casevault check
        casevault: warning: the clock is \\u{202E}behind
        4 cases

        """)
  }

  @Test("texts keep their lines, JSON its meaning, bytes everything")
  func formsOfResults() throws {
    let (results, _) = try written { output in
      output.text("a\n\tb\u{7}")
      output.text("c\n")
      output.json("{\"a\":\"\u{202E}\"}")
      try ([0x1B, 0x0A] as [UInt8]).withUnsafeBytes { bytes in try output.write(bytes) }
    }
    #expect(results == "a\n\tb\\u{7}\nc\n{\"a\":\"\\u202E\"}\n\u{1B}\n")
  }

  @Test("a table that goes to a pipe is not cut")
  func tableIsNotCut() throws {
    let (results, _) = try written { output in
      var table = Table("Title")
      table.add([String(repeating: "long ", count: 50) + "end"])
      output.table(table)
    }
    #expect(results.hasSuffix("end\n"))
  }

  @Test("a reader that has gone is no failure, and the command goes on")
  func closedPipeIsQuiet() throws {
    // The end that reads closes first, as `head` does.
    let (reading, writing) = try Pipe.ends()
    close(reading)
    defer { close(writing) }
    let remarks = try Pipe()
    let output = Output(descriptors: writing, remarks.writing, ignoringClosedPipes: true)
    #expect(output.isRead)
    output.line("one")
    #expect(!output.isRead)
    output.line("two")
    try ([1, 2] as [UInt8]).withUnsafeBytes { bytes in try output.write(bytes) }
    try output.finish()
  }

  @Test("a full disk is told at the end", .enabled(if: access("/dev/full", W_OK) == 0))
  func fullDiskIsTold() throws {
    let full = open("/dev/full", O_WRONLY)
    defer { close(full) }
    let output = Output(descriptors: full, full)
    output.line("one")
    #expect(throws: TerminalError.system(ENOSPC)) { try output.finish() }
    #expect(throws: TerminalError.system(ENOSPC)) {
      try ([1] as [UInt8]).withUnsafeBytes { bytes in try output.write(bytes) }
    }
  }

  @Test("a slow reader that made the pipe non-blocking gets every byte")
  func slowReaderGetsAll() throws {
    let results = try Pipe()
    let (reading, writing) = (results.reading, results.writing)
    try #require(fcntl(writing, F_SETFL, O_NONBLOCK) == 0)
    let long = String(repeating: "0123456789", count: 50_000)
    let sent = Answer {
      let output = Output(descriptors: writing, writing)
      output.line(long)
      try output.finish()
    }
    var received: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 7001)
    while received.count < long.utf8.count + 1 {
      let got = read(reading, &chunk, chunk.count)
      try #require(got > 0)
      received += chunk.prefix(got)
    }
    try sent.value
    #expect(received.dropLast().elementsEqual(long.utf8))
  }
}
