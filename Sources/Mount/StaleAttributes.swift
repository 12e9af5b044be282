internal import CFuse
internal import Synchronization

/// The folders and summary pages whose times or sizes are not what the kernel remembers: what changes
/// them was done to another file. Whoever did it tells the kernel before the program goes on; `tar`
/// takes what gets another time while it is read for something that is being changed.
///
/// Safe to use from several threads. Nobody waits for what another is telling: both tell it.
final class StaleAttributes: @unchecked Sendable {
  private let lock = Lock()
  /// By the numbers of the nodes, how often each was added.
  private var times: [UInt64: Int] = [:]
  private var session: OpaquePointer?
  private let isAnything = Atomic(false)

  /// - Parameter session: lives as long as ``tell()`` is called.
  func begin(_ session: OpaquePointer) { lock.held { self.session = session } }

  func add(_ number: UInt64) {
    lock.held {
      times[number, default: 0] += 1
      isAnything.store(true, ordering: .releasing)
    }
  }

  /// Tells the kernel. Only in answer to what changes something, before the answer, and with no lock:
  /// the kernel may be letting such a file go, and wait for what is being read of it.
  func tell() {
    guard isAnything.load(ordering: .acquiring) else { return }
    let (told, session) = lock.held { (times, self.session) }
    guard let session else { return }
    for number in told.keys { _ = fuse_lowlevel_notify_inval_inode(session, number, -1, 0) }
    lock.held {
      for (number, count) in told where times[number] == count { times[number] = nil }
      isAnything.store(!times.isEmpty, ordering: .releasing)
    }
  }
}
