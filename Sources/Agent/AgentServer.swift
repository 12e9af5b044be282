internal import CPlatform
package import CaseVault
internal import Storage
internal import Synchronization
internal import VaultFormat

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// Serves an agent to this user's other processes, until it is locked.
package final class AgentServer: @unchecked Sendable {
  /// How many clients at once.
  private static let maximumClients = 64
  /// How many more are told to come again, or may lock, at once.
  private static let maximumCallers = 64
  /// Seconds in which one of these must say what it wants.
  private static let callTime = 1
  /// Seconds in which a new client must greet.
  static let greetingTime = 10
  /// Seconds between two looks at what the log still has to do.
  private static let upkeepTime: Int32 = 1
  /// Seconds for bringing the log to the vault at the end.
  private static let partingTime = 5
  /// Seconds in which mounts must have ended.
  private static let mountTime = 8
  /// Seconds in which a client must take what it is sent.
  private static let sendingTime = 5

  private let agent: Agent
  private let home: Home
  private let path: String
  private let listener: Int32
  private let wakes: (read: Int32, write: Int32)
  private let clients = Seats(maximumClients)
  private let callers = Seats(maximumCallers)
  private let farewells = Mutex<[Channel]>([])
  /// The channels on which mounts wait for the end.
  private let mounts = Mutex<[ObjectIdentifier: Channel]>([:])
  private let isEnding = Atomic(false)
  private let isKeepingUp = Atomic(false)
  /// Whether ``serve()`` waits for long, as there was nothing left to do.
  private let isResting = Atomic(false)

  /// Begins to listen. The home's lock is held by the agent's log, so what lies
  /// there was left by one that is gone.
  ///
  /// - Throws: `failed`.
  package init(_ agent: Agent) throws(VaultError) {
    self.agent = agent
    home = agent.membership.home
    path = home.agentPath(of: agent.membership.vault.id)
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { throw VaultError(.failed, "no pipe is to be had") }
    wakes = (ends[0], ends[1])
    for end in ends {
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
    }
    do throws(StorageError) {
      listener = try home.state.listen(path)
    } catch {
      throw VaultError(error, while: "making the agent's socket")
    }
  }

  /// Serves until `lock` is asked for, the idle limit is over, the log is lost,
  /// or ``end()`` is called. Returns when the log is shipped and nothing can be
  /// asked any more; the process is then to exit.
  package func serve() {
    while !isEnding.load(ordering: .acquiring) {
      let isOwing = keepUp()
      guard agent.remaining > 0, !agent.membership.log.isLost, home.state.exists(path) else {
        break
      }
      isResting.store(!isOwing, ordering: .sequentiallyConsistent)
      // Something may have come up just before.
      let wait = isOwing || agent.isOwing ? Self.upkeepTime : Int32(min(agent.remaining, 30))
      if waitForClient(milliseconds: wait * 1_000) { accept() }
    }
    isEnding.store(true, ordering: .releasing)
    try? home.state.remove(path)
    leave()
  }

  /// Looks after the log and the rows on a thread of its own: a share that does not answer must
  /// not keep the agent from ending.
  ///
  /// - Returns: whether something is left to do.
  private func keepUp() -> Bool {
    guard agent.isOwing else { return false }
    guard agent.isDue else { return true }
    let isFree = isKeepingUp.compareExchange(
      expected: false, desired: true, ordering: .acquiringAndReleasing
    ).exchanged
    if isFree {
      let started = startThread {
        self.agent.keepUp()
        self.isKeepingUp.store(false, ordering: .releasing)
      }
      if !started { isKeepingUp.store(false, ordering: .releasing) }
    }
    return true
  }

  /// Makes the log durable in the home, and gives the vault a few seconds to take it
  /// in. What it does not take waits in the home; the keys do not.
  private func leave() {
    partWithMounts()
    try? agent.membership.log.settle(force: true)
    let ending = Ending()
    let started = startThread {
      self.agent.close()
      ending.isOver.store(true, ordering: .releasing)
    }
    for _ in 0..<(started ? Self.partingTime * 100 : 0)
    where !ending.isOver.load(ordering: .acquiring) {
      usleep(10_000)
    }
  }

  /// Tells the mounts, and gives them a few seconds to take what they show out of the kernel.
  private func partWithMounts() {
    let waiting = mounts.withLock { Array($0.values) }
    for channel in waiting { try? channel.send(Answer(.done).packet) }
    for _ in 0..<(waiting.isEmpty ? 0 : Self.mountTime * 100) {
      guard mounts.withLock({ !$0.isEmpty }) else { return }
      usleep(10_000)
    }
  }

  private final class Ending: Sendable {
    let isOver = Atomic(false)
  }

  /// Asks ``serve()`` to return. Safe from any thread.
  package func end() {
    isEnding.store(true, ordering: .releasing)
    wake()
  }

  /// Ends orderly when the system or the person tells the process to.
  package func endOnSignals() {
    Self.signalled.store(wakes.write, ordering: .releasing)
    cp_hear_ends()
    for number in [SIGTERM, SIGINT, SIGHUP] {
      signal(number) { _ in
        // Only what a signal handler may do: a byte into the pipe, with a mark.
        var byte: UInt8 = AgentServer.endMark
        _ = write(AgentServer.signalled.load(ordering: .acquiring), &byte, 1)
      }
    }
  }

  private static let signalled = Atomic<Int32>(-1)
  private static let endMark: UInt8 = 1

  private func wake() {
    var byte: UInt8 = 0
    _ = write(wakes.write, &byte, 1)
  }

  /// Whether somebody wants to connect before the time is over or a wake comes.
  private func waitForClient(milliseconds: Int32) -> Bool {
    var entries = [
      pollfd(fd: listener, events: Int16(POLLIN), revents: 0),
      pollfd(fd: wakes.read, events: Int16(POLLIN), revents: 0),
    ]
    _ = poll(&entries, 2, milliseconds)
    if entries[1].revents != 0 {
      var bytes = [UInt8](repeating: 0, count: 64)
      let count = read(wakes.read, &bytes, bytes.count)
      if count > 0, bytes[..<count].contains(Self.endMark) {
        isEnding.store(true, ordering: .releasing)
      }
    }
    return entries[0].revents != 0
  }

  private func accept() {
    #if canImport(Glibc)
      let descriptor = Glibc.accept(listener, nil, nil)
    #else
      let descriptor = Darwin.accept(listener, nil, nil)
    #endif
    guard descriptor >= 0 else { return }
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    let channel = Channel(descriptor, sendingWithin: Self.sendingTime)
    guard let peer = Peer(of: descriptor), peer.user == geteuid() else { return }
    if clients.take() {
      serve(in: clients) { self.converse(over: channel, with: peer) }
    } else if callers.take() {
      serve(in: callers) { self.hear(channel) }
    }
  }

  /// Does this on a thread of its own, and frees the place.
  private func serve(in seats: Seats, _ conversation: @escaping @Sendable () -> Void) {
    let started = startThread {
      conversation()
      seats.leave()
      self.wake()
    }
    if !started { seats.leave() }
  }

  /// So many at once.
  private final class Seats: Sendable {
    private let free: Mutex<Int>
    init(_ count: Int) { free = Mutex(count) }

    func take() -> Bool {
      free.withLock { free in
        guard free > 0 else { return false }
        free -= 1
        return true
      }
    }

    func leave() { free.withLock { $0 += 1 } }
  }

  /// Hears a client for which there is no room: whatever goes on, it may lock.
  private func hear(_ channel: Channel) {
    guard
      let message = try? channel.receive(atMost: Request.maximumSize, within: Self.callTime),
      message.key == nil, let request = try? Request(message.body)
    else { return }
    if case .lock = request { return sayFarewell(over: channel) }
    try? channel.send(Answer(.busy).packet)
  }

  /// One client's conversation. Whatever it sends that makes no sense ends it.
  private func converse(over channel: Channel, with peer: Peer) {
    let conversation = Conversation(with: agent, program: peer.program)
    let place = ObjectIdentifier(channel)
    defer {
      conversation.close()
      agent.mounts.withLock { $0[place] = nil }
      mounts.withLock { $0[place] = nil }
    }
    while !isEnding.load(ordering: .acquiring) {
      let patience = conversation.greeting == nil ? Self.greetingTime : nil
      guard
        let message = try? channel.receive(atMost: Request.maximumSize, within: patience),
        message.key == nil, let request = try? Request(message.body),
        agent.mayAnswer(request)
      else { return }
      if case .lock = request { return sayFarewell(over: channel) }
      if case .attend(let report) = request, conversation.greeting != nil,
        agent.attend(report, at: place)
      {
        mounts.withLock { $0[place] = channel }
        agent.foreseeIndex()
      }
      let isSent = conversation.answer(request) { done, total in
        try? channel.send(Answer(.progress(done: done, total: total)).packet)
      } send: { answer in
        (try? channel.send(answer.packet, key: answer.key)) != nil
      }
      guard isSent else { return }
      if isResting.load(ordering: .sequentiallyConsistent) || agent.membership.log.isLost { wake() }
    }
  }

  /// To lock needs no turn: whatever else goes on or hangs, the keys go.
  private func sayFarewell(over channel: Channel) {
    try? channel.send(Answer(.done).packet)
    // Closed by the end of the process, which the client waits for.
    farewells.withLock { $0.append(channel) }
    end()
  }
}
