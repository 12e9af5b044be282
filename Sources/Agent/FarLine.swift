internal import CPlatform
package import CaseVault
internal import Storage
package import VaultFormat

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// An agent in another process, over its socket in the home.
package final class FarLine: AgentLine {
  private var channel: Channel?
  /// Whether the agent answered, be it in words of another casevault; that it is busy is no answer.
  private(set) var isHeard = false

  private let process: Int32

  private init(_ channel: Channel, with process: Int32) {
    self.channel = channel
    self.process = process
  }

  /// Connects to the agent of a home; nil where none is unlocked.
  ///
  /// - Throws: `refused` where somebody else listens there, `failed`.
  package static func connect(to vault: Identifier, in home: Home) throws -> FarLine? {
    let descriptor: Int32?
    do throws(StorageError) {
      descriptor = try home.state.connect(home.agentPath(of: vault))
    } catch {
      throw VaultError(error, while: "speaking with the agent")
    }
    guard let descriptor else { return nil }
    let channel = Channel(descriptor)
    guard let peer = Peer(of: descriptor), peer.user == geteuid() else {
      throw VaultError(.refused, "the agent of this home is another user's")
    }
    return FarLine(channel, with: peer.process)
  }

  package func ask(
    _ request: Request, progress: (_ done: Int, _ total: Int) -> Void
  ) throws -> Answer {
    guard let channel else { throw Self.gone }
    do {
      try channel.send(request.packet)
      while true {
        let (body, key) = try channel.receive(atMost: Answer.maximumSize)
        isHeard = true
        let answer = try Answer(body, key: key)
        if case .busy = answer.reply {
          isHeard = false
          throw Self.busy
        }
        guard case .progress(let done, let total) = answer.reply else { return answer }
        progress(done, total)
      }
    } catch let error as VaultError {
      throw error
    } catch is FormatError {
      throw VaultError(
        .failed, "the agent is of another casevault",
        hint: "lock it with `casevault lock`, and unlock again")
    } catch {
      throw Self.gone
    }
  }

  static let busy = VaultError(
    .failed, "the agent serves as many programs as it can", hint: "try again in a moment")
  private static let gone = VaultError(
    .locked, "the vault was locked meanwhile", hint: "`casevault unlock` opens it again")

  /// Tells the agent's process to end, which it does as it does when it is asked.
  fileprivate func tellToEnd() {
    if process > 1 { kill(process, SIGTERM) }
  }

  fileprivate var isRunning: Bool { cp_is_running(process) }

  package func close() -> [Finding] {
    channel = nil
    return []
  }

  package func awaitWord() { _ = try? channel?.receive(atMost: Answer.maximumSize) }

  package func awaitEnd() {
    _ = try? channel?.receive(atMost: 0)
    channel = nil
  }
}

extension AgentClient {
  /// Milliseconds between two tries where the agent is busy, and how many there are.
  private static let pause: UInt32 = 50
  private static let tries = 100

  /// Greets the agent of a home; nil where none is unlocked. Where it serves as many as it
  /// can, this waits for up to five seconds.
  ///
  /// - Throws: `refused` where somebody else listens there, `failed` where it stays so, what the agent
  ///   answers.
  package static func reach(
    _ vault: Identifier, in home: Home, _ greeting: Request.Greeting
  ) throws -> AgentClient? {
    for _ in 0..<tries {
      guard let line = try FarLine.connect(to: vault, in: home) else { return nil }
      do {
        return try AgentClient(line, greeting)
      } catch {
        if line.isHeard { throw error }
        usleep(pause * 1_000)
      }
    }
    throw FarLine.busy
  }

  /// Has the agent of a home forget its keys, and waits until it is gone: where it has no room even
  /// for this, its process is told to end.
  ///
  /// - Returns: whether there was one.
  /// - Throws: `refused` where somebody else listens there, `failed`.
  package static func lock(_ vault: Identifier, in home: Home) throws -> Bool {
    guard let line = try FarLine.connect(to: vault, in: home) else { return false }
    do {
      try lock(line)
      return true
    } catch {
      if line.isHeard { throw error }
    }
    line.tellToEnd()
    for _ in 0..<(6 * tries) {
      guard line.isRunning else { return true }
      usleep(pause * 1_000)
    }
    throw FarLine.busy
  }
}

/// Who is at the other end of a connection, as the kernel says.
struct Peer {
  let user: UInt32
  let process: Int32

  init?(of descriptor: Int32) {
    var user: UInt32 = 0
    var process: Int32 = 0
    guard cp_peer(descriptor, &user, &process) == 0 else { return nil }
    self.user = user
    self.process = process
  }

  /// The path of its executable, where the kernel tells.
  var program: String? {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 4_096) { path in
      guard cp_program_of(process, path.baseAddress, path.count) == 0 else { return nil }
      return String(cString: path.baseAddress!)
    }
  }
}

extension Home {
  /// Where the agent's socket lies, below the state's folder.
  func agentPath(of vault: Identifier) -> String { "\(vault.text)/agent" }
}
