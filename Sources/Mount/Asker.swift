internal import CPlatform

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// A process that asks something of a mount.
struct Asker: Equatable {
  private let id: Int32
  private let parent: Int32
  private let group: Int32
  /// Tells it from another that gets the same number.
  private let begun: UInt64
  /// For how long it had been there, in milliseconds.
  let age: Int64

  /// - Parameter thread: of the process.
  init?(of thread: Int32) {
    var process = cp_process()
    guard cp_process_of(thread, &process) == 0 else { return nil }
    (id, parent, group, begun) = (process.id, process.parent, process.group, process.begun)
    age = process.age
  }

  static func == (one: Asker, other: Asker) -> Bool {
    one.id == other.id && one.begun == other.begun
  }

  /// Whether it is this process, or one that it began, itself or through others, and that it lives
  /// beside, as the two ends of rsync do.
  func worksWith(_ other: Asker) -> Bool {
    self == other || parent == other.id && Asker(of: other.id) == other || line.contains(other)
  }

  /// How far back what began a process is looked for.
  private static let maximumLine = 16

  /// What began it, the nearest first, as far as that is of its session: not what began the whole
  /// desktop.
  private var line: [Asker] {
    var line: [Asker] = []
    var last = self
    let session = getsid(id)
    while line.count < Self.maximumLine, last.parent > 0, getsid(last.parent) == session,
      let next = Asker(of: last.parent)
    {
      line.append(next)
      last = next
    }
    return line
  }

  /// The first process of its group: of a script that runs, or of a line typed into a terminal.
  var job: Asker? { Asker(of: group) }

  func isOf(job: Asker) -> Bool { group == job.id && self.job == job }
}
