internal import Agent
internal import ArgumentParser
internal import CPlatform
internal import CaseVault
internal import Storage
internal import Terminal
internal import VaultFormat

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// The agent as a process of its own.
///
/// It asks for the passphrase itself, so that no secret ever goes from one process
/// to another, and tells the `unlock` that started it when it is ready.
enum AgentProcess {
  /// Starts an agent and waits until it is ready to serve.
  ///
  /// - Throws: `EndedWith` the code that it ended with, after it said why.
  static func start(_ options: GlobalOptions, idle: Int) throws {
    var words = [
      "agent", "--ready-fd", "3", "--idle", "\(idle)", "--purpose", options.purpose.rawValue,
    ]
    if let vault = options.vault { words += ["--vault", vault] }
    if options.passphraseFd != nil { words += ["--passphrase-fd", "4"] }
    if options.quiet { words.append("--quiet") }
    try launch(words, passphrase: options.passphraseFd)
  }

  /// Starts a casevault of its own and waits until it says that it is ready.
  ///
  /// - Parameters:
  ///   - words: with `--ready-fd 3`.
  ///   - passphrase: the descriptor that is to be its descriptor 4.
  /// - Throws: `EndedWith` the code that it ended with, after it said why.
  static func launch(_ words: [String], passphrase: Int32?) throws {
    guard let program = Places.program else {
      throw VaultError(.failed, "casevault cannot tell where it is installed")
    }
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { throw VaultError(.failed, "no pipe is to be had") }
    let process = try spawn(program, [program] + words, ready: ends[1], passphrase)
    close(ends[1])
    defer { close(ends[0]) }
    var code: UInt8 = 0
    while true {
      let count = read(ends[0], &code, 1)
      if count < 0, errno == EINTR { continue }
      if count == 1 {
        guard code == 0 else { throw EndedWith(VaultError.Code(rawValue: Int32(code)) ?? .failed) }
        return
      }
      throw EndedWith(VaultError.Code(rawValue: ending(of: process)) ?? .failed)
    }
  }

  private static func spawn(
    _ program: String, _ words: [String], ready: Int32, _ passphrase: Int32?
  ) throws -> pid_t {
    var process: pid_t = 0
    var arguments = words.map { strdup($0) } + [nil]
    defer { for word in arguments { free(word) } }
    guard cp_spawn_alone(program, &arguments, ready, passphrase ?? -1, &process) == 0 else {
      throw VaultError(.failed, "the agent cannot be started: \(Places.reason(errno))")
    }
    return process
  }

  /// Tells who waits that this process is ready.
  static func ready(_ descriptor: Int32, _ code: VaultError.Code?) {
    var byte = UInt8(code?.rawValue ?? 0)
    _ = write(descriptor, &byte, 1)
    close(descriptor)
  }

  /// Leaves the terminal and the folder that it was started from.
  static func detach() {
    _ = setsid()
    _ = chdir("/")
    let nothing = open("/dev/null", O_RDWR)
    guard nothing >= 0 else { return }
    for descriptor: Int32 in 0...2 { _ = dup2(nothing, descriptor) }
    if nothing > 2 { close(nothing) }
  }

  private static func ending(of process: pid_t) -> Int32 {
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0, errno == EINTR {}
    return status & 0x7f == 0 ? (status >> 8) & 0xff : 1
  }
}

/// What `unlock` starts; nobody types it.
struct AgentCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "agent", abstract: "Serve an unlocked vault.", shouldDisplay: false)

  @Option(help: .hidden)
  var readyFd: Int32

  @Option(help: .hidden)
  var idle: Int

  @OptionGroup var options: GlobalOptions

  func validate() throws {
    guard readyFd > 2, IdleLimit.allowed.contains(idle) else {
      throw ValidationError("agents are started by `casevault unlock`")
    }
  }

  func run() async throws {
    _ = fcntl(readyFd, F_SETFD, FD_CLOEXEC)
    // Clients' names pass through this memory all day, not only keys.
    let isLocked = cp_lock_all_memory() == 0
    let membership = try Unlocking.membership(try Places.place(options), options)
    let agent = try Agent(membership, idle: IdleLimit(seconds: idle), locksAllMemory: isLocked)
    let server = try AgentServer(agent)
    let isDamaged = tellOpened(agent)
    agent.noteTold()
    try Output.standard.finish()
    AgentProcess.ready(readyFd, isDamaged ? .damaged : nil)
    AgentProcess.detach()
    server.endOnSignals()
    server.serve()
    _exit(0)
  }

  /// - Returns: whether damage was seen.
  private func tellOpened(_ agent: Agent) -> Bool {
    let output = Output.standard
    let findings = agent.findings
    for finding in findings where finding.kind.isRemark {
      output.warning("\(finding.path): \(finding.reason)")
    }
    let isDamaged = output.warn(of: findings)
    if !options.quiet {
      output.line("Unlocked for \(agent.member.name) (\(agent.member.role.rawValue)).")
      output.note("locks itself after \(UnlockCommand.shown(seconds: idle)) without use")
    }
    let saves = agent.savesCutShort()
    for save in saves.lines { output.warning(save) }
    for notice in agent.news() { output.note("\(notice.time.text)  \(notice.text)") }
    return isDamaged || saves.isDamaged
  }
}

extension UnlockCommand {
  static func shown(seconds: Int) -> String {
    seconds % 3_600 == 0
      ? "\(seconds / 3_600) h" : seconds % 60 == 0 ? "\(seconds / 60) min" : "\(seconds) s"
  }
}
