internal import Agent
internal import CFuse
internal import CPlatform
internal import CaseVault
internal import Sealing
internal import Synchronization

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// The kernel's side of a mount: takes its requests, on several threads, and sees to it that each
/// is answered in time (libfuse's low-level interface).
final class FuseSession: @unchecked Sendable {
  /// The most that a program's write brings at once, in bytes.
  static let maximumWrite = 128 << 10
  /// Room for a request: a write and what stands in front of it.
  private static let requestSize = maximumWrite + 4_096
  /// How many threads take requests; more only where some are stuck.
  private static let workers = 8
  private static let maximumWorkers = 15
  /// How many may be stuck before nothing is begun that may wait for a share.
  private static let maximumStuck = 5

  private let mount: VaultMount
  let raw: OpaquePointer
  private let requests: LockedBlocks
  private let lock = Lock()
  private var calls: [ObjectIdentifier: Call] = [:]
  private var living = 0
  private var stuck: Set<ObjectIdentifier> = []
  private let isOver = Atomic(false)

  /// Begins a session; nothing is mounted yet.
  ///
  /// - Throws: `failed`.
  init(_ mount: VaultMount) throws {
    self.mount = mount
    do {
      requests = try LockedBlocks(count: Self.maximumWorkers, size: Self.requestSize)
    } catch {
      throw VaultMount.memoryRefused
    }
    // What it would say names paths; what matters is said by who asked.
    fuse_set_log_func { _, _, _ in }
    var options = [
      "casevault", "-o",
      "fsname=casevault,subtype=casevault,nosuid,nodev,noexec,default_permissions",
    ]
    if mount.settings.isReadOnly { options += ["-o", "ro"] }
    var words = options.map { strdup($0) }
    defer { for word in words { free(word) } }
    let count = Int32(words.count)
    let raw = words.withUnsafeMutableBufferPointer { words -> OpaquePointer? in
      var arguments = fuse_args(argc: count, argv: words.baseAddress, allocated: 0)
      var operations = FuseOperations.table
      defer { fuse_opt_free_args(&arguments) }
      return fuse_session_new(
        &arguments, &operations, MemoryLayout<fuse_lowlevel_ops>.size,
        Unmanaged.passUnretained(mount).toOpaque())
    }
    guard let raw else { throw VaultError(.failed, "FUSE could not be begun") }
    self.raw = raw
  }

  /// Mounts.
  ///
  /// - Throws: `failed`.
  func mountIt() throws {
    guard fuse_session_mount(raw, mount.settings.path) == 0 else {
      fuse_session_destroy(raw)
      throw VaultError(
        .failed, "\(mount.settings.path) could not be mounted on", hint: MountPoint.otherCommands)
    }
  }

  // MARK: Threads

  /// Serves until the mount is gone or ``end()`` is called.
  func serve() {
    mount.stale.begin(raw)
    lock.held { living = Self.workers }
    for _ in 0..<Self.workers {
      if !startThread({ self.work() }) { lock.held { living -= 1 } }
    }
    _ = startThread { self.mount.notices.run(self.raw) }
    while !isOver.load(ordering: .acquiring), fuse_session_exited(raw) == 0 {
      usleep(100_000)
      answerLate()
    }
    isOver.store(true, ordering: .releasing)
  }

  /// Has ``serve()`` return soon. Safe from any thread.
  func end() { isOver.store(true, ordering: .releasing) }

  private func work() {
    guard let block = requests.take() else {
      lock.held { living -= 1 }
      return
    }
    withExtendedLifetime(block) { takeRequests(into: block.bytes) }
    lock.held { living -= 1 }
  }

  private func takeRequests(into bytes: UnsafeMutableRawBufferPointer) {
    var buffer = fuse_buf()
    buffer.mem = bytes.baseAddress
    // To the very end: what the kernel still has of written pages is brought while it is taken out.
    while fuse_session_exited(raw) == 0 {
      let count = fuse_session_receive_buf(raw, &buffer)
      if count == -EINTR { continue }
      if count <= 0 {
        fuse_session_exit(raw)
        break
      }
      fuse_session_process_buf(raw, &buffer)
      // More than there should be: somebody was stuck and is not any more.
      if lock.held({ living - stuck.count > Self.workers }) { break }
    }
  }

  /// Answers what has taken too long, and puts others in the place of who is stuck with it.
  private func answerLate() {
    let now = cp_boot_time_ns()
    let late = lock.held { calls.values.filter { now > $0.deadline.load(ordering: .acquiring) } }
    for call in late where call.fail(EIO) {
      let isReplaced = lock.held { () -> Bool in
        stuck.insert(ObjectIdentifier(call))
        guard living < Self.maximumWorkers else { return false }
        living += 1
        return true
      }
      if isReplaced, !startThread({ self.work() }) { lock.held { living -= 1 } }
    }
  }

  /// Whether something may be begun that waits for the agent or the share.
  private var mayWait: Bool { lock.held { stuck.count <= Self.maximumStuck } }

  /// Works on one request; whatever goes wrong is its answer.
  ///
  /// - Parameters:
  ///   - seconds: how long it may take.
  ///   - waits: whether it may have to wait for the agent or the share.
  ///   - atEnd: whether it is worked on though the end has begun.
  func handle(
    _ request: fuse_req_t, seconds: Int, waits: Bool, atEnd: Bool, _ body: (Call) throws -> Void
  ) {
    let call = Call(request, patience: seconds)
    guard atEnd || !mount.isEnding.load(ordering: .acquiring), !waits || mayWait else {
      call.fail(EIO)
      return
    }
    let key = ObjectIdentifier(call)
    lock.held { calls[key] = call }
    do {
      try body(call)
    } catch {
      call.fail(Refusal(error).errno)
    }
    lock.held {
      calls[key] = nil
      stuck.remove(key)
    }
  }

  // MARK: The end

  /// Takes all that the kernel has of the vault out of it: what is open or mapped shows nothing any
  /// more. Never on a thread that answers requests. What programs are writing comes last: the kernel
  /// brings it first.
  func takeBackAll() {
    let written = Set(mount.knownFiles().filter(\.isUnfinished).map(\.number))
    let (last, first) = (mount.knownNumbers().sorted()).reduce(into: ([UInt64](), [UInt64]())) {
      if written.contains($1) { $0.0.append($1) } else { $0.1.append($1) }
    }
    for number in first + last {
      _ = fuse_lowlevel_notify_inval_inode(raw, number, 0, 0)
    }
  }

  func unmount() {
    fuse_session_exit(raw)
    fuse_session_unmount(raw)
  }
}
