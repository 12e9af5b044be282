extension Output {
  /// Says what went wrong, and on a second line how to go on.
  package func error(_ message: String, hint: String? = nil) {
    say("error:", .bad, message)
    if let hint { self.hint(hint) }
  }

  /// Says what deserves attention though the command went on.
  package func warning(_ message: String, hint: String? = nil) {
    say("warning:", .warning, message)
    if let hint { self.hint(hint) }
  }

  /// Says how to go on.
  package func hint(_ message: String) {
    say("hint:", .hint, message)
  }

  /// Says something by the way, without a prefix.
  package func note(_ message: String) {
    remark(escaped(message))
  }

  private func say(_ kind: String, _ style: Style, _ message: String) {
    remark("\(program): \(styled(kind, style, onResults: false)) \(escaped(message))")
  }
}
