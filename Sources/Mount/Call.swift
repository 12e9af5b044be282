internal import CFuse
internal import CPlatform
internal import Synchronization

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// One request of the kernel. It is answered once, by whoever comes first: the one who works on
/// it, or the one who sees to it that every request ends in time.
final class Call: @unchecked Sendable {
  /// How long the kernel remembers names and attributes, in seconds. What others change is told.
  static let memory = 60.0

  private let request: fuse_req_t
  private let isAnswered = Atomic(false)
  /// By the boot clock.
  let deadline: Atomic<Int64>
  private let patience: Int64
  /// The thread that asks.
  let process: Int32

  init(_ request: fuse_req_t, patience seconds: Int) {
    self.request = request
    patience = Int64(seconds) * 1_000_000_000
    deadline = Atomic(cp_boot_time_ns() + patience)
    process = fuse_req_ctx(request).pointee.pid
  }

  /// The process that asks, where the kernel tells.
  var asker: Asker? { process > 0 ? Asker(of: process) : nil }

  /// The executable that asks, where the kernel tells.
  var program: String? {
    guard process > 0 else { return nil }
    return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 4_096) { path in
      guard cp_program_of(process, path.baseAddress, path.count) == 0 else { return nil }
      return String(cString: path.baseAddress!)
    }
  }

  /// Says that the work goes on: the time begins anew.
  func goOn() { deadline.store(cp_boot_time_ns() + patience, ordering: .releasing) }

  private func answer(_ body: (fuse_req_t) -> Void) -> Bool {
    guard
      isAnswered.compareExchange(expected: false, desired: true, ordering: .acquiringAndReleasing)
        .exchanged
    else { return false }
    body(request)
    return true
  }

  /// - Returns: whether nobody had answered before.
  @discardableResult
  func fail(_ number: Int32) -> Bool { answer { fuse_reply_err($0, number) } }

  @discardableResult
  func succeed() -> Bool { fail(0) }

  func end() { _ = answer { fuse_reply_none($0) } }

  /// - Returns: whether the kernel took it.
  func entry(_ entry: fuse_entry_param) -> Bool {
    var entry = entry
    return answer { fuse_reply_entry($0, &entry) }
  }

  /// What the kernel is told of a name.
  ///
  /// - Parameter isOnlyName: whether nothing else finds the file or folder. One of several names is
  ///   asked for anew each time: the kernel does not know what becomes of it under another.
  static func parameters(_ attributes: stat, isOnlyName: Bool = true) -> fuse_entry_param {
    var entry = fuse_entry_param()
    entry.ino = UInt64(attributes.st_ino)
    entry.attr = attributes
    entry.attr_timeout = memory
    entry.entry_timeout = isOnlyName ? memory : 0
    return entry
  }

  func attributes(_ attributes: stat) {
    var attributes = attributes
    _ = answer { fuse_reply_attr($0, &attributes, Self.memory) }
  }

  /// - Returns: whether nobody had answered before.
  func opened(_ info: UnsafeMutablePointer<fuse_file_info>) -> Bool {
    answer { fuse_reply_open($0, info) }
  }

  func created(
    _ entry: fuse_entry_param, _ info: UnsafeMutablePointer<fuse_file_info>
  ) -> Bool {
    var entry = entry
    return answer { fuse_reply_create($0, &entry, info) }
  }

  func bytes(_ bytes: UnsafeRawBufferPointer) {
    _ = answer {
      fuse_reply_buf($0, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count)
    }
  }

  /// Several runs of bytes, one after the other.
  func bytes(_ runs: [UnsafeRawBufferPointer]) {
    let vectors = runs.map {
      iovec(iov_base: UnsafeMutableRawPointer(mutating: $0.baseAddress), iov_len: $0.count)
    }
    _ = answer { fuse_reply_iov($0, vectors, Int32(vectors.count)) }
  }

  func wrote(_ count: Int) { _ = answer { fuse_reply_write($0, count) } }

  func size(_ count: Int) { _ = answer { fuse_reply_xattr($0, count) } }

  func statistics(_ statistics: statvfs) {
    var statistics = statistics
    _ = answer { fuse_reply_statfs($0, &statistics) }
  }

  /// For what is written into a folder's listing.
  var raw: fuse_req_t { request }
}
