/// How much is looked at before the search gives up: a home can be endless.
struct Budget {
  /// The most that is read of one file, in bytes.
  static let file = 64 << 20
  /// How many folders may lie in each other.
  static let depth = 8

  /// How many more files and folders are looked at.
  private(set) var files = 20_000
  /// How many more bytes are read.
  private(set) var bytes = 4 << 30
  /// Whether anything was left out.
  private(set) var isSpent = false

  /// Takes one file or folder; false when there are no more.
  mutating func takeFile() -> Bool {
    guard files > 0, bytes > 0 else {
      isSpent = true
      return false
    }
    files -= 1
    return true
  }

  mutating func take(bytes count: Int) { bytes -= count }

  /// Notes that something was left out.
  mutating func leaveOut() { isSpent = true }
}
