import Agent
import CaseVault
import Foundation
import TestSupport
import Testing
import VaultFormat

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// What a program at the agent's socket tries to get.
@Suite(.requiresLinux) struct AgentAttackTests {
  let desk: Desk
  init() throws { desk = try Desk() }

  /// A length, the flag, and less than was announced.
  @Test(
    arguments: [
      [], [1], [0xff, 0xff, 0xff, 0x7f, 0], [10, 0, 0, 0, 0, 1, 2], [1, 0, 0, 0, 9, 0],
      [1, 0, 0, 0, 0, 2], [1, 0, 0, 0, 0, 255],
      [1, 0, 0, 0, 1, 2] + [UInt8](repeating: 7, count: 32),
      Array("GET / HTTP/1.1\r\n\r\n".utf8),
    ] as [[UInt8]])
  func nonsenseGetsNothingAndStopsNobody(_ bytes: [UInt8]) throws {
    let reference = try desk.openCase("--client", "Nadia")
    try desk.unlocked {
      let client = try RawClient(desk.socket())
      client.send(bytes)
      #expect(try desk.bare("case", "show", reference).status == 0)
    }
    // Now the agent is gone, and all it sent can be read.
  }

  @Test func withoutAGreetingNothingIsAnswered() throws {
    _ = try desk.openCase("--client", "Nadia")
    try desk.unlocked {
      let client = try RawClient(desk.socket())
      // A list of all cases, well formed.
      client.send([1, 0, 0, 0, 0, 2])
      try desk.casevault("lock").succeeded()
      let answer = client.answer()
      #expect(!String(decoding: answer, as: UTF8.self).contains("Nadia"))
    }
  }

  /// Keys go whatever else is wrong: to lock takes no greeting, which looks at the vault.
  @Test func aVaultThatMakesNoSenseKeepsNoAgentUnlocked() throws {
    _ = try desk.openCase("--client", "Nadia")
    try desk.unlocked {
      let agent = try desk.agent()
      try desk.vault.move("keyring", to: "elsewhere")
      try desk.vault.plant([1], at: "keyring")
      #expect(try desk.bare("lock").output == "Locked.\n")
      #expect(eventually { isGone(agent) })
    }
  }

  /// A client that is stopped in the middle of a long answer.
  @Test func aClientThatStopsReadingKeepsNoAgentUnlocked() throws {
    for number in 0..<20 { _ = try desk.openCase("--client", "Client \(number)") }
    try desk.unlocked {
      let agent = try desk.agent()
      let running = try desk.start(["check", "--deep"], environment: Desk.noPassphrase)
      kill(running.process, SIGSTOP)
      #expect(try desk.bare("lock").status == 0)
      #expect(eventually { isGone(agent) })
      kill(running.process, SIGCONT)
      _ = try running.end()
    }
  }

  @Test func aFloodOfClientsStopsNobodyForLong() throws {
    let reference = try desk.openCase("--client", "Nadia")
    try desk.unlocked {
      let shown = try desk.bare("case", "show", reference)
      #expect(shown.status == 0)
      var crowd = try (0..<200).map { _ in try RawClient(desk.socket()) }
      for client in crowd { client.send([200, 0, 0, 0, 0, 1]) }
      crowd.removeAll()
      #expect(try desk.bare("case", "show", reference) == shown)
    }
  }

  /// Programs that keep all the agent's places, and do nothing: they can be locked out.
  @Test func aCrowdThatStaysDoesNotKeepTheVaultUnlocked() throws {
    try desk.unlocked {
      let agent = try desk.agent()
      let crowd = try (0..<64).map { _ in try desk.client("case list") }
      let refused = try desk.bare("case", "list")
      #expect(refused.status == 1)
      #expect(
        refused.errors == """
          casevault: error: the agent serves as many programs as it can
          casevault: hint: try again in a moment

          """)
      #expect(try desk.bare("lock").output == "Locked.\n")
      #expect(eventually { isGone(agent) })
      withExtendedLifetime(crowd) {}
    }
  }

  /// Even those that are to come again have no place: the agent's process is told to end.
  @Test func aCrowdThatSaysNothingDoesNotKeepTheVaultUnlocked() throws {
    try desk.unlocked {
      let agent = try desk.agent()
      let crowd = try (0..<140).map { _ in try RawClient(desk.socket()) }
      for client in crowd { client.send([200]) }
      #expect(try desk.bare("lock").output == "Locked.\n")
      #expect(eventually { isGone(agent) })
      withExtendedLifetime(crowd) {}
    }
  }

  /// As after an upgrade under an agent that runs: it is said at once, and not taken for busy.
  @Test func anAgentOfAnotherCasevaultIsToldApart() throws {
    let path = try desk.unlocked { try desk.socket() }
    let other = try desk.launch(
      [
        Desk.python, "-c",
        """
        import os, socket, sys
        os.chdir(os.path.dirname(sys.argv[1]))
        it = socket.socket(socket.AF_UNIX); it.bind('agent'); it.listen()
        open(sys.argv[2], 'w').close()
        while True:
          one = it.accept()[0]; one.recv(9999); one.sendall(bytes([1, 0, 0, 0, 0, 250])); one.close()
        """, path, desk.files.at("ready"),
      ], limit: 60)
    defer { other.stop() }
    #expect(eventually { desk.files.exists("ready") })
    let ended = try desk.bare("case", "list")
    #expect(ended.status == 1)
    #expect(ended.errorLines.first == "casevault: error: the agent is of another casevault")
  }

  /// The agent's own user reads neither its memory nor what it opened, and no core
  /// of it is dumped.
  @Test(.enabled(if: Needs.isRoot, "another user is needed"), .requires("setpriv", "strace"))
  func itsOwnUserCannotTraceIt() throws {
    let user = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
    try desk.giveTo(65_534)
    try desk.unlocked(through: user) {
      let agent = try desk.agent(through: user)
      let attempts = [
        "cat /proc/\(agent)/mem", "cat /proc/\(agent)/environ", "ls /proc/\(agent)/fd",
        "timeout 20 strace -p \(agent)",
      ]
      for attempt in attempts {
        let ended = try desk.shell("\(user.joined(separator: " ")) sh -c '\(attempt)'")
        #expect(ended.status != 0, "\(attempt)")
        #expect(ended.bytes.isEmpty, "\(attempt)")
      }
      let limits = try String(contentsOfFile: "/proc/\(agent)/limits", encoding: .utf8)
      #expect(limits.contains(/Max core file size +0 +0/))
    }
  }

  /// Even where the socket's folder lets others in.
  @Test(.enabled(if: Needs.isRoot, "two users are needed"), .requires("setpriv"))
  func anotherUserIsTurnedAway() throws {
    let user = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
    try desk.giveTo(65_534)
    try desk.unlocked(through: user) {
      let socket = try desk.socket()
      try desk.shell("chmod 0777 '\(socket)'").succeeded()
      // Root may open any file: the agent asks who is there.
      let client = try RawClient(socket)
      client.send([1, 0, 0, 0, 0, 2])
      #expect(client.answer().isEmpty)
      #expect(try desk.casevault("case", "list").status == 15)
    }
  }

  /// To enter what others asked for is for mounts alone.
  @Test func onlyAMountAsksForOthers() throws {
    _ = try desk.openCase("--client", "Nadia")
    try desk.unlocked {
      let client = try desk.client("case list")
      client.actor = Request.Actor("mount open", program: "/usr/bin/editor")
      let error = #expect(throws: VaultError.self) { try client.visitAll(known: nil) }
      #expect(error?.code == .usage)
    }
  }

  /// A key comes without its record only to who knows that very record.
  @Test func aKeyComesAloneOnlyWhereItsRecordIsKnown() throws {
    let reference = try desk.openCase("--client", "Nadia")
    let records = try (1...2).map { try desk.note("Words \($0)", in: reference) }
    try desk.unlocked {
      let client = try desk.client(Request.mountAction)
      let view = try client.look(reference)
      let found = records.compactMap { id in view.entries.map(\.record).first { $0.id.text == id } }
      try #require(found.count == 2)
      for known in found {
        let lent = try client.lend(found[0].id, of: view.id, known: known)
        #expect(lent.record.id == found[0].id)
      }
    }
  }
}
