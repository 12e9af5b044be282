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
  /// Whether the agent had ears for this.
  private(set) var isHeard = false

  private init(_ channel: Channel) { self.channel = channel }

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
    guard Peer(of: descriptor)?.user == geteuid() else {
      throw VaultError(.refused, "the agent of this home is another user's")
    }
    return FarLine(channel)
  }

  package func ask(
    _ request: Request, progress: (_ done: Int, _ total: Int) -> Void
  ) throws -> Answer {
    guard let channel else { throw Self.gone }
    do {
      try channel.send(request.packet)
      while true {
        let (body, key) = try channel.receive(atMost: Answer.maximumSize)
        let answer = try Answer(body, key: key)
        if case .busy = answer.reply { throw Self.busy }
        isHeard = true
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

  private static let busy = VaultError(
    .failed, "the agent serves as many programs as it can", hint: "try again in a moment")
  private static let gone = VaultError(
    .locked, "the vault was locked meanwhile", hint: "`casevault unlock` opens it again")

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
  /// - Throws: `refused` where somebody else listens there, `failed`, `locked`.
  package static func reach(
    _ vault: Identifier, in home: Home, _ greeting: Request.Greeting
  ) throws -> AgentClient? {
    for _ in 1..<tries {
      guard let line = try FarLine.connect(to: vault, in: home) else { return nil }
      do {
        return try AgentClient(line, greeting)
      } catch {
        if line.isHeard { throw error }
        usleep(pause * 1_000)
      }
    }
    return try FarLine.connect(to: vault, in: home).map { try AgentClient($0, greeting) }
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
