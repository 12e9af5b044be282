internal import CFuse
internal import Sealing

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// What the kernel is to be told: that a name or a file is not as it was.
///
/// Told on a thread of its own: the kernel may hold, for a request that waits here, what it needs
/// to take such a notice in.
final class NoticeQueue: @unchecked Sendable {
  enum Notice {
    /// A name of a folder goes to another file, or to none.
    case entry(parent: UInt64, name: String)
    /// What a folder or a file holds changed elsewhere.
    case inode(UInt64)
    /// Its size or times did.
    case attributes(UInt64)
    /// Verified content of a file, to be kept with what the kernel has of it.
    case content(
      UInt64, offset: Int, LockedBlocks.Block, count: Int, isCurrent: () -> Bool)
  }

  /// More than this at once, and the rest is left out: names and contents expire by themselves.
  private static let maximumWaiting = 10_000

  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private var waiting: [Notice] = []
  private var session: OpaquePointer?
  private var isEnded = false

  init() {
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(condition, nil)
  }

  /// How much content may wait: it is memory that others need.
  private static let maximumContents = 4
  private var contents = 0
  /// The file whose content the kernel is being given at this moment.
  private var storing: UInt64?

  /// Tells the kernel later; content only where not much waits already.
  func add(_ notice: Notice) {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    guard waiting.count < Self.maximumWaiting else { return }
    if case .content = notice {
      guard contents < Self.maximumContents else { return }
      contents += 1
    }
    waiting.append(notice)
    pthread_cond_broadcast(condition)
  }

  /// Waits until no content of a file is on its way to the kernel any more: it would stand in the
  /// place of what a program makes of the file, and lengthen what was cut. Called after the file was
  /// marked as changing, and before the kernel is told that it may go on; never in answer to a write,
  /// for which the kernel holds what it needs to take content in.
  func awaitStored(_ number: UInt64) {
    pthread_mutex_lock(mutex)
    while storing == number { pthread_cond_wait(condition, mutex) }
    pthread_mutex_unlock(mutex)
  }

  /// Notes of which file the kernel is about to be given content, or with nil that it has it.
  private func note(storing number: UInt64?) {
    pthread_mutex_lock(mutex)
    storing = number
    if number == nil { contents -= 1 }
    pthread_cond_broadcast(condition)
    pthread_mutex_unlock(mutex)
  }

  /// Tells the kernel until ``end()``, on the thread that calls.
  func run(_ session: OpaquePointer) {
    while true {
      pthread_mutex_lock(mutex)
      while waiting.isEmpty, !isEnded { pthread_cond_wait(condition, mutex) }
      // One at a time where memory hangs on it.
      let batch = Array(waiting.prefix(8))
      waiting.removeFirst(batch.count)
      let isOver = isEnded
      pthread_mutex_unlock(mutex)
      if isOver { return }
      for notice in batch { tell(notice, session) }
    }
  }

  func end() {
    pthread_mutex_lock(mutex)
    isEnded = true
    pthread_cond_broadcast(condition)
    pthread_mutex_unlock(mutex)
  }

  /// What fails here was not known to the kernel, or is gone by now.
  private func tell(_ notice: Notice, _ session: OpaquePointer) {
    switch notice {
    case .entry(let parent, let name):
      _ = fuse_lowlevel_notify_inval_entry(session, parent, name, name.utf8.count)
    case .inode(let number): _ = fuse_lowlevel_notify_inval_inode(session, number, 0, 0)
    case .attributes(let number): _ = fuse_lowlevel_notify_inval_inode(session, number, -1, 0)
    case .content(let number, let offset, let block, let count, let isCurrent):
      // Noted first: whoever changes the file from here on waits, and who did before is seen.
      note(storing: number)
      defer { note(storing: nil) }
      guard isCurrent() else { return }
      withExtendedLifetime(block) {
        var vector = fuse_bufvec()
        vector.count = 1
        vector.buf.size = count
        vector.buf.mem = block.bytes.baseAddress
        _ = fuse_lowlevel_notify_store(
          session, number, off_t(offset), &vector, fuse_buf_copy_flags(rawValue: 0))
      }
    }
  }
}
