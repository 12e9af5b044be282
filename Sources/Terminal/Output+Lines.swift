extension Output {
  /// Writes one line of a result.
  package func line(_ text: String = "", style: Style = .plain) {
    let text = styled(escaped(text), style, onResults: true) + "\n"
    send { descriptor throws(TerminalError) in try descriptor.writeAll(text) }
  }

  /// Writes a text of several lines, such as the body of a note, ending it with a newline.
  package func text(_ text: String) {
    var text = escapedLines(text)
    if !text.hasSuffix("\n") { text += "\n" }
    let whole = text
    send { descriptor throws(TerminalError) in try descriptor.writeAll(whole) }
  }

  /// Writes one JSON object as a line; it stays the same to a parser and safe to the eye.
  package func json(_ object: String) {
    let line = escapedJSON(object) + "\n"
    send { descriptor throws(TerminalError) in try descriptor.writeAll(line) }
  }

  /// Writes a table in one piece, its headings standing out.
  package func table(_ table: Table) {
    let lines = table.rendered(width: width)
    guard let heading = lines.first else { return }
    let body = lines.dropFirst().map { $0 + "\n" }.joined()
    let whole = styled(heading, .strong, onResults: true) + "\n" + body
    send { descriptor throws(TerminalError) in try descriptor.writeAll(whole) }
  }

  /// Writes bytes as they are, for the content of a record that goes to a pipe or a file.
  ///
  /// - Throws: `.system` when they could not be written; not when the reader has gone.
  package func write(_ bytes: UnsafeRawBufferPointer) throws(TerminalError) {
    send { descriptor throws(TerminalError) in try descriptor.writeAll(bytes) }
    if let failure { throw failure }
  }
}
