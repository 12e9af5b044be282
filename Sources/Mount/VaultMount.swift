package import Agent
internal import CPlatform
package import CaseVault
internal import Sealing
package import Storage
internal import Synchronization
package import VaultFormat

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// A vault shown as a folder that any program can use (design/vault.md §12).
///
/// It holds no key but those of the contents that are open. What it shows and whatever it files
/// goes through the agent, which enters it in the access log first.
package final class VaultMount: @unchecked Sendable {
  /// What a mount is to be.
  package struct Settings: Sendable {
    /// Where it is mounted: an absolute path.
    package let path: String
    package let isReadOnly: Bool
    package let vault: Identifier
    /// The vault's folder.
    package let folder: Folder
    package let home: Home

    package init(
      path: String, isReadOnly: Bool, vault: Identifier, folder: Folder, home: Home
    ) {
      self.path = path
      self.isReadOnly = isReadOnly
      self.vault = vault
      self.folder = folder
      self.home = home
    }
  }

  /// Blocks of a chunk's size for what is written and read at this moment: 4 MiB.
  private static let blockCount = 64

  let settings: Settings
  let pool: AgentPool
  let welcome: Reply.Welcome
  let blocks: LockedBlocks
  let cache: ChunkCache
  let spools: SpoolShelf
  let user = geteuid()
  let group = getegid()
  let began: Int

  /// Held while nodes are looked at or changed; never while anything is waited for.
  let lock = Lock()
  private var nodes: [UInt64: Node] = [:]
  private var lastNumber: UInt64 = 1
  let root: RootNode
  let openCases: ListNode
  let closedCases: ListNode
  /// The cases by their ids.
  var cases: [Identifier: CaseNode] = [:]
  /// The stamp of the rows that were seen, and when.
  var listStamp: Int?
  var listedAt: Int64?

  /// Saves that failed when nobody was there to be told.
  let troubles = Mutex<[String]>([])
  /// Whether the end has begun: nothing is opened or shown any more.
  let isEnding = Atomic(false)
  /// The kernel's side, once it is begun.
  var session: FuseSession?
  /// What the kernel is to be told, on a thread of its own.
  let notices = NoticeQueue()
  /// What the kernel is to be told before a program goes on.
  let stale = StaleAttributes()

  /// - Parameter connect: greets the agent, with the action ``Request/mountAction``.
  /// - Throws: `VaultError`; `failed` where too little memory can be locked.
  package init(
    _ settings: Settings, connect: @escaping @Sendable () throws -> AgentClient
  ) throws {
    self.settings = settings
    pool = AgentPool(connect: connect)
    welcome = try pool.take().client.welcome
    do {
      blocks = try LockedBlocks(count: Self.blockCount, size: RecordLayout.chunkSize)
    } catch {
      throw Self.memoryRefused
    }
    cache = ChunkCache(in: blocks)
    spools = try SpoolShelf(
      of: settings.vault, device: welcome.device, pool.ask(nil) { try $0.shelf() },
      in: settings.home)
    began = Clock.system.now.seconds
    root = RootNode(1)
    openCases = ListNode(2, isOpen: true)
    closedCases = ListNode(3, isOpen: false)
    lastNumber = 3
    cache.reclaim = { [weak self] in self?.spoolOthers() ?? false }
    for node in [root, openCases, closedCases] {
      node.lookups = 1
      nodes[node.number] = node
    }
  }

  static let memoryRefused = VaultError(
    .failed, "too little memory can be kept out of the swap for a mount: it needs 8 MiB",
    hint: "raise the limit (`ulimit -l 8192`, or memlock in /etc/security/limits.conf)")

  /// The number of a new node.
  func nextNumber() -> UInt64 {
    lastNumber += 1
    return lastNumber
  }

  /// The node of a number. Only with the lock.
  func node(_ number: UInt64) throws -> Node {
    guard let node = nodes[number] else { throw Refusal(ESTALE) }
    return node
  }

  /// Takes note that the kernel was told of a node.
  func count(_ node: Node) {
    node.lookups += 1
    nodes[node.number] = node
  }

  /// Takes note that the kernel forgot it so many times.
  func forget(_ number: UInt64, _ times: UInt64) {
    let forgotten: FileNode? = lock.held {
      guard number > 3, let node = nodes[number] else { return nil }
      node.lookups -= min(times, node.lookups)
      guard node.lookups == 0 else { return nil }
      nodes[number] = nil
      return node as? FileNode
    }
    if let forgotten { closeUnused(forgotten) }
  }

  /// Closes what nobody has open any more. Never with the mount's lock.
  func closeUnused(_ file: FileNode) {
    let closed = file.content.lock.held { () -> RecordChunks? in
      guard lock.held({ file.handles == 0 }) else { return nil }
      if lock.held({ file.isGone }) {
        file.content.unfinished?.dropSpool()
        file.content.unfinished = nil
        lock.held { file.isUnfinished = false }
      }
      return file.content.unfinished == nil ? file.content.chunks.take() : nil
    }
    if let closed { cache.forget(closed) }
  }

  /// All that the kernel knows: what is to be taken out of it at the end.
  func knownNumbers() -> [UInt64] { lock.held { Array(nodes.keys) } }

  func knownFiles() -> [FileNode] {
    lock.held {
      var files = nodes.values.compactMap { $0 as? FileNode }
      let shown = Set(files.map(\.number))
      for folder in cases.values + openCases.cases.values.filter({ $0.caseID == nil }) {
        for shelf in folder.shelves {
          files += shelf.files.values.filter { !shown.contains($0.number) }
        }
      }
      return files
    }
  }

  /// What `status` says of this mount.
  var report: MountReport {
    MountReport(
      path: settings.path, isReadOnly: settings.isReadOnly, process: Int(getpid()),
      troubles: troubles.withLock { $0 }, unkept: unkept())
  }

  /// Where saves lie that only the memory of this process holds.
  private func unkept() -> [String] {
    let files = knownFiles()
    return lock.held { files.filter { $0.isUnkept && $0.isUnfinished && !$0.isGone }.map(place) }
  }

  /// What `status` calls a file: no names. Only with the mount's lock.
  func place(of file: FileNode) -> String {
    "\(file.shelf?.folder.reference ?? ""), \(file.shelf?.name ?? "")"
  }

  /// Notes a save that failed when nobody could be told, and tells the agent.
  func note(trouble: String) {
    troubles.withLock { troubles in
      if troubles.count < 50 { troubles.append("\(Clock.system.now.text)  \(trouble)") }
    }
    reportAgain.store(true, ordering: .releasing)
  }

  /// Tells the agent at once: who asks for the status right now must hear of it.
  func tellAgent() { try? pool.ask(nil) { try $0.attend(report) } }

  /// Whether what is unfinished is being spooled for the next mount: nothing is begun any more.
  let isLeft = Atomic(false)

  /// Whether the agent is to be told anew.
  let reportAgain = Atomic(false)

  var bootTime: Int64 { cp_boot_time_ns() }
  var now: Int { Clock.system.now.seconds }
}
