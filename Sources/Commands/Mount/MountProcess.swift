internal import Agent
internal import ArgumentParser
internal import CPlatform
internal import CaseVault
internal import Mount
internal import Storage
internal import Synchronization
internal import Terminal
internal import VaultFormat

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// A mount as a process of its own.
enum MountProcess {
  /// Starts one and waits until it is mounted.
  ///
  /// - Parameter afterUnlock: whether the agent has just begun, and said what it met.
  /// - Throws: `EndedWith` the code that it ended with, after it said why.
  static func start(
    _ place: Places.Place, _ options: GlobalOptions, _ path: String, isReadOnly: Bool,
    afterUnlock: Bool
  ) throws {
    var words = ["mounted", "--ready-fd", "3", "--purpose", options.purpose.rawValue]
    // The folder is left: a path that was relative must not be.
    words += ["--vault", Places.resolved(place.folder.path) ?? place.folder.path]
    if isReadOnly { words.append("--read-only") }
    if afterUnlock { words.append("--after-unlock") }
    if options.quiet { words.append("--quiet") }
    try AgentProcess.launch(words + [path], passphrase: nil)
  }

  /// Serves a mount until it ends.
  static func serve(
    _ place: Places.Place, _ options: GlobalOptions, _ path: String, isReadOnly: Bool,
    ready: (Recovery) throws -> Void
  ) throws {
    cp_give_memory_back()
    _ = cp_lock_all_memory()
    let mount = try VaultMount(
      VaultMount.Settings(
        path: path, isReadOnly: isReadOnly, vault: place.vault, folder: place.folder,
        home: place.home)
    ) {
      guard
        let client = try AgentClient.reach(
          place.vault, in: place.home, Places.greeting(place, Request.mountAction, options))
      else {
        throw VaultError(.locked, "the vault is locked", hint: "`casevault unlock` opens it")
      }
      return client
    }
    live.withLock { $0 = mount }
    noteForDoctor(path, place.home)
    endOnSignals()
    try mount.serve(ready: ready)
    try? Output.standard.finish()
    _exit(0)
  }

  /// Says what became of saves that were cut short.
  static func tell(_ recovery: Recovery, _ options: GlobalOptions, afterUnlock: Bool) {
    let output = Output.standard
    if !options.quiet { for line in recovery.filed { output.note(line) } }
    for line in recovery.failures { output.warning(line) }
    if !afterUnlock, let line = recovery.unopened { output.warning(line) }
  }

  private static let live = Mutex<VaultMount?>(nil)
  private static let signalled = Atomic<Int32>(-1)

  /// Ends orderly when the system or the person tells the process to.
  private static func endOnSignals() {
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { return }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    signalled.store(ends[1], ordering: .releasing)
    let reading = ends[0]
    _ = startThread {
      var byte: UInt8 = 0
      while read(reading, &byte, 1) < 0, errno == EINTR {}
      live.withLock { $0 }?.end()
    }
    cp_hear_ends()
    for number in [SIGTERM, SIGINT, SIGHUP] {
      signal(number) { _ in
        // Only what a signal handler may do.
        var byte: UInt8 = 1
        _ = write(MountProcess.signalled.load(ordering: .acquiring), &byte, 1)
      }
    }
  }

  /// Where this computer has had mounts: `doctor` looks for what other programs keep of them.
  private static func noteForDoctor(_ path: String, _ home: Home) {
    MountedBefore(home).add(path)
  }
}

/// What `mount` starts; nobody types it.
struct MountedCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mounted", abstract: "Serve a mounted vault.", shouldDisplay: false)

  @Argument(help: .hidden)
  var path: String

  @Flag(help: .hidden)
  var readOnly = false

  @Flag(help: .hidden)
  var afterUnlock = false

  @Option(help: .hidden)
  var readyFd: Int32

  @OptionGroup var options: GlobalOptions

  func validate() throws {
    guard readyFd > 2 else { throw ValidationError("mounts are made by `casevault mount`") }
  }

  func run() async throws {
    _ = fcntl(readyFd, F_SETFD, FD_CLOEXEC)
    let place = try Places.place(options)
    try MountProcess.serve(place, options, path, isReadOnly: readOnly) { recovery in
      MountProcess.tell(recovery, options, afterUnlock: afterUnlock)
      try Output.standard.finish()
      AgentProcess.ready(readyFd, nil)
      AgentProcess.detach()
    }
  }
}
