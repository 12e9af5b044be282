import Synchronization

/// Standard output and standard error of a command.
///
/// Results go to the one, everything said about them to the other. Every text is
/// escaped on its way. Writing does not throw, so that commands read well; the
/// first failure is kept, and ``finish()`` throws it at the end. A reader that
/// has gone, such as `head`, is no failure: what follows is dropped, the command
/// does its work to the end, and a long one may look at ``isRead``.
package final class Output: Sendable {
  /// The output of this process.
  package static let standard = Output(descriptors: 1, 2, ignoringClosedPipes: true)

  struct State {
    var readerHasGone = false
    var failure: TerminalError?
    var hasStatus = false
  }

  let results: Descriptor
  let remarks: Descriptor
  let program: String
  private let resultColour: Bool
  private let remarkColour: Bool
  private let state = Mutex(State())

  /// - Parameters:
  ///   - results: The descriptor of standard output.
  ///   - remarks: The descriptor of standard error.
  ///   - program: What messages begin with.
  ///   - ignoringClosedPipes: Whether this process is to be told of a closed pipe
  ///     by an error instead of being ended by a signal.
  ///   - environment: Where `NO_COLOR` and `TERM` are looked up.
  package init(
    descriptors results: Int32, _ remarks: Int32,
    program: String = "casevault",
    ignoringClosedPipes: Bool = false,
    environment: (String) -> String? = environmentVariable
  ) {
    if ignoringClosedPipes { ignoreClosedPipes() }
    self.results = Descriptor(rawValue: results)
    self.remarks = Descriptor(rawValue: remarks)
    self.program = program
    resultColour = wantsColour(isTerminal: self.results.isTerminal, environment: environment)
    remarkColour = wantsColour(isTerminal: self.remarks.isTerminal, environment: environment)
  }

  /// Whether anyone still reads the results.
  package var isRead: Bool { state.withLock { !$0.readerHasGone } }

  /// The columns to fit results into, or `nil` when they do not go to a terminal.
  package var width: Int? { results.isTerminal ? results.columns ?? 80 : nil }

  /// Whether results go to a person's terminal.
  package var isTerminal: Bool { results.isTerminal }

  var failure: TerminalError? { state.withLock { $0.failure } }

  /// Says that everything was written.
  ///
  /// - Throws: `.system` with the first failure, such as a full disk; some file
  ///   systems only report one on closing, so a duplicate is closed to ask.
  package func finish() throws(TerminalError) {
    let failure = state.withLock { state in
      erase(&state)
      return state.readerHasGone ? nil : state.failure ?? results.failureOnClosing()
    }
    if let failure { throw failure }
  }

  /// Writes to standard output, taking a status line out of its way first.
  func send(_ write: (Descriptor) throws(TerminalError) -> Void) {
    state.withLock { state in
      if results.isTerminal { erase(&state) }
      guard !state.readerHasGone, state.failure == nil else { return }
      do throws(TerminalError) {
        try write(results)
      } catch {
        state.readerHasGone = error == .system(brokenPipe)
        if !state.readerHasGone { state.failure = error }
      }
    }
  }

  /// Writes to standard error. When that fails there is no one left to tell.
  func remark(_ text: String) {
    state.withLock { state in
      erase(&state)
      try? remarks.writeAll(text + "\n")
    }
  }

  /// Shows one line that the next output replaces; only sensible on a terminal.
  func showStatus(_ text: String) {
    let fitting = truncated(escaped(text), toWidth: (remarks.columns ?? 80) - 1)
    state.withLock { state in
      state.hasStatus = true
      try? remarks.writeAll("\r\u{1B}[K" + fitting)
    }
  }

  func eraseStatus() {
    state.withLock { erase(&$0) }
  }

  func styled(_ text: String, _ style: Style, onResults: Bool) -> String {
    style.applied(to: text, colour: onResults ? resultColour : remarkColour)
  }

  private func erase(_ state: inout State) {
    guard state.hasStatus else { return }
    state.hasStatus = false
    try? remarks.writeAll("\r\u{1B}[K")
  }
}
