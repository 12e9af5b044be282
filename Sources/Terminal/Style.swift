#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// How a piece of text stands out on a terminal that shows colour.
package enum Style: String, Sendable {
  case plain = ""
  case strong = "1"
  case faint = "2"
  case good = "32"
  case warning = "33"
  case bad = "1;31"
  case hint = "36"

  /// Wraps a text that has been escaped already; the codes must reach the terminal as they are.
  func applied(to text: String, colour: Bool) -> String {
    guard colour, self != .plain, !text.isEmpty else { return text }
    return "\u{1B}[\(rawValue)m\(text)\u{1B}[0m"
  }
}

/// Whether colour is welcome: on a terminal that can, unless the person said no.
///
/// An empty `NO_COLOR` counts as unset, as https://no-color.org says.
func wantsColour(isTerminal: Bool, environment: (String) -> String?) -> Bool {
  isTerminal && (environment("NO_COLOR") ?? "").isEmpty && environment("TERM") != "dumb"
}

/// One variable of this process's environment.
@Sendable func environmentVariable(_ name: String) -> String? {
  getenv(name).map { String(cString: $0) }
}
