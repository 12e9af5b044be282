import Synchronization
import SystemPackage

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Questions to the person at the terminal.
///
/// They are asked on the terminal itself and not on standard input or error, so
/// that a command whose streams are pipes can still ask.
package enum Prompt {
  /// The terminal that started this process.
  package static let controllingTerminal = "/dev/tty"

  /// Asks for a secret without showing what is typed.
  ///
  /// The bytes go straight into memory that the caller guards; the terminal
  /// itself handles backspace. Showing is switched on again on every way out,
  /// also when a signal ends or stops the process meanwhile.
  ///
  /// - Returns: How many bytes were typed, without the newline.
  /// - Throws: `.noTerminal`; `.empty`; `.tooLong` when the buffer does not hold
  ///   what was typed; `.system`. The buffer is zeroed then.
  package static func secret(
    _ prompt: String, into buffer: UnsafeMutableRawBufferPointer,
    terminal path: String = controllingTerminal
  ) throws(TerminalError) -> Int {
    try asking(at: path) { terminal throws(TerminalError) in
      let silence = try SilentTerminal(terminal, prompt: escaped(prompt) + " ")
      defer {
        silence.end()
        // The newline was typed in silence too.
        try? terminal.writeAll("\n")
      }
      return try readSecret(from: terminal.rawValue, into: buffer)
    }
  }

  /// Asks for a line that may be seen.
  ///
  /// - Throws: `.noTerminal`; `.empty`; `.tooLong` beyond 4096 bytes; `.system`.
  package static func answer(
    _ question: String, terminal path: String = controllingTerminal
  ) throws(TerminalError) -> String {
    try asking(at: path) { terminal throws(TerminalError) in
      try terminal.writeAll(escaped(question) + " ")
      let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 1)
      defer { buffer.deallocate() }
      let count = try readSecret(from: terminal.rawValue, into: buffer)
      return String(decoding: buffer.prefix(count), as: UTF8.self)
    }
  }

  /// Asks a question that only `y` or `yes` agrees to.
  ///
  /// - Throws: `.noTerminal` when no one can be asked, which is no answer;
  ///   `.system`.
  package static func confirm(
    _ question: String, terminal path: String = controllingTerminal
  ) throws(TerminalError) -> Bool {
    do {
      let answer = try answer(question + " [y/N]", terminal: path).lowercased()
      return ["y", "yes"].contains(answer.filter { !$0.isWhitespace })
    } catch .empty {
      return false
    } catch .tooLong {
      return false
    }
  }

  /// One question at a time: two would read each other's answers.
  private static let turn = Mutex(())

  private static func asking<Answer: Sendable>(
    at path: String, _ ask: (Descriptor) throws(TerminalError) -> Answer
  ) throws(TerminalError) -> Answer {
    try turn.withLock { _ throws(TerminalError) in
      let descriptor = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC)
      guard descriptor >= 0 else { throw .noTerminal }
      defer { close(descriptor) }
      let terminal = Descriptor(rawValue: descriptor)
      guard terminal.isTerminal else { throw .noTerminal }
      return try ask(terminal)
    }
  }
}
