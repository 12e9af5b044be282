package import Agent
internal import CaseVault
internal import Synchronization
internal import VaultFormat

/// Conversations with the agent, as many as there are requests at once.
///
/// Safe to use from several threads.
package final class AgentPool: Sendable {
  /// How many conversations at most; the agent serves others too.
  static let maximumClients = 40

  /// A conversation that nobody else uses meanwhile.
  final class Taken: @unchecked Sendable {
    let client: AgentClient
    private let pool: AgentPool
    /// Whether what went wrong makes the conversation useless.
    var isBroken = false

    fileprivate init(_ client: AgentClient, of pool: AgentPool) {
      self.client = client
      self.pool = pool
    }

    deinit { pool.giveBack(client, isBroken: isBroken) }
  }

  private struct Idle: @unchecked Sendable {
    let client: AgentClient
  }

  private let connect: @Sendable () throws -> AgentClient
  private let state = Mutex((idle: [Idle](), count: 0))

  /// - Parameter connect: greets the agent anew.
  package init(connect: @escaping @Sendable () throws -> AgentClient) {
    self.connect = connect
  }

  /// A conversation of one's own.
  ///
  /// - Parameter reserve: how many others may still have one then, at least.
  /// - Throws: `locked` where the agent is gone, `failed` where too many ask.
  func take(leaving reserve: Int = 0) throws -> Taken {
    let idle = try state.withLock { state -> Idle? in
      guard state.count - state.idle.count < Self.maximumClients - reserve else {
        throw VaultError(.failed, "too much is asked of the mount at once")
      }
      if let idle = state.idle.popLast() { return idle }
      state.count += 1
      return nil
    }
    if let idle { return Taken(idle.client, of: self) }
    do {
      return Taken(try connect(), of: self)
    } catch {
      state.withLock { $0.count -= 1 }
      throw error
    }
  }

  private func giveBack(_ client: AgentClient, isBroken: Bool) {
    client.actor = nil
    let idle = Idle(client: client)
    state.withLock { state in
      if isBroken { state.count -= 1 } else { state.idle.append(idle) }
    }
  }

  /// Asks the agent something on somebody's behalf.
  func ask<Result>(
    _ actor: Request.Actor?, _ work: (AgentClient) throws -> Result
  ) throws -> Result {
    let taken = try take()
    taken.client.actor = actor
    do {
      return try work(taken.client)
    } catch let error as VaultError {
      if error.code == .locked { taken.isBroken = true }
      throw error
    }
  }
}
