import SystemPackage

/// Why a person or a script could not be asked, or told.
package enum TerminalError: Error, Equatable, Sendable {
  /// There is no terminal to ask on, as in a cron job.
  case noTerminal
  /// Nothing was given before the end of the line or the file.
  case empty
  /// More was given than fits.
  case tooLong(limit: Int)
  /// The system refused; the number is an `errno`.
  case system(Int32)
}

extension TerminalError: CustomStringConvertible {
  /// The reason, as the end of a sentence.
  package var description: String {
    switch self {
    case .noTerminal: "there is no terminal to ask on"
    case .empty: "nothing was entered"
    case .tooLong(let limit): "more than \(limit) bytes were entered"
    case .system(let number): Errno(rawValue: number).description
    }
  }
}

extension TerminalError {
  init(_ error: Errno) {
    self = .system(error.rawValue)
  }
}
