import Terminal
import Testing

/// One after the other: a process has one set of signal handlers.
@Suite("Questions on the terminal", .serialized, .timeLimit(.minutes(1)))
struct PromptTests {
  /// Asks for a secret and gives it back as a text, which only a test may do.
  static func secret(at path: String, capacity: Int = 64) throws -> String {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 1)
    defer { buffer.deallocate() }
    let count = try Prompt.secret("Passphrase:", into: buffer, terminal: path)
    return String(decoding: buffer.prefix(count), as: UTF8.self)
  }

  @Test("a secret is read and never shown")
  func secretIsNotShown() throws {
    let terminal = try PseudoTerminal()
    let path = terminal.path
    let secret = Answer { try Self.secret(at: path) }
    #expect(terminal.screen(until: "Passphrase: ") == "Passphrase: ")
    #expect(terminal.echo == .off)
    terminal.type("correct horse é\n")
    #expect(try secret.value == "correct horse é")
    #expect(terminal.screen(until: "\r\n") == "\r\n")
    #expect(terminal.echo == .on)
  }

  @Test("backspace takes back what was typed")
  func backspaceWorks() throws {
    let terminal = try PseudoTerminal()
    let path = terminal.path
    let secret = Answer { try Self.secret(at: path) }
    _ = terminal.screen(until: "Passphrase: ")
    terminal.type("horsf\u{7F}e\n")
    #expect(try secret.value == "horse")
  }

  @Test("an empty secret is refused, and the terminal shows again what is typed")
  func emptySecretIsRefused() throws {
    let terminal = try PseudoTerminal()
    let path = terminal.path
    let secret = Answer { try Self.secret(at: path) }
    _ = terminal.screen(until: "Passphrase: ")
    terminal.type("\n")
    #expect(throws: TerminalError.empty) { try secret.value }
    #expect(terminal.echo == .on)
  }

  @Test("a secret that does not fit is refused, and its rest is not left for the shell")
  func longSecretIsRefused() throws {
    let terminal = try PseudoTerminal()
    let path = terminal.path
    let secret = Answer { try Self.secret(at: path, capacity: 8) }
    _ = terminal.screen(until: "Passphrase: ")
    terminal.type("123456789\n")
    #expect(throws: TerminalError.tooLong(limit: 8)) { try secret.value }

    let next = Answer { try Prompt.answer("Name?", terminal: path) }
    _ = terminal.screen(until: "Name? ")
    terminal.type("Ann\n")
    #expect(try next.value == "Ann")
  }

  @Test("a secret may fill the buffer")
  func secretMayFillTheBuffer() throws {
    let terminal = try PseudoTerminal()
    let path = terminal.path
    let secret = Answer { try Self.secret(at: path, capacity: 8) }
    _ = terminal.screen(until: "Passphrase: ")
    terminal.type("12345678\n")
    #expect(try secret.value == "12345678")
  }

  @Test("what is no terminal is not asked", arguments: ["/dev/null", "/nowhere/at/all"])
  func noTerminalIsSaid(path: String) {
    #expect(throws: TerminalError.noTerminal) { try Self.secret(at: path) }
    #expect(throws: TerminalError.noTerminal) { try Prompt.confirm("Sure?", terminal: path) }
  }

  @Test(
    "only yes is yes",
    arguments: [
      ("y", true), ("yes", true), (" YES ", true), ("", false), ("n", false), ("yess", false),
    ])
  func onlyYesIsYes(typed: String, agrees: Bool) throws {
    let terminal = try PseudoTerminal()
    let path = terminal.path
    let agreed = Answer { try Prompt.confirm("Destroy \u{1B}it?", terminal: path) }
    #expect(terminal.screen(until: "[y/N] ") == "Destroy \\u{1B}it? [y/N] ")
    terminal.type(typed + "\n")
    #expect(try agreed.value == agrees)
  }
}
