internal import CPlatform

/// A process that asks something of a mount.
struct Asker: Equatable {
  private let id: Int32
  private let parent: Int32
  /// Tells it from another that gets the same number.
  private let begun: UInt64

  /// - Parameter thread: of the process.
  init?(of thread: Int32) {
    var process = cp_process()
    guard cp_process_of(thread, &process) == 0 else { return nil }
    (id, parent, begun) = (process.id, process.parent, process.begun)
  }

  static func == (one: Asker, other: Asker) -> Bool {
    one.id == other.id && one.begun == other.begun
  }

  /// Whether it is this process, or one that it began and that it lives beside, as the two ends of
  /// rsync do.
  func worksWith(_ other: Asker) -> Bool {
    self == other || parent == other.id && Asker(of: other.id) == other
  }
}
