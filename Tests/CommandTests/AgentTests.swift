import Foundation
import TestSupport
import Testing

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// `unlock`, `lock`, `status`, and every command in between.
@Suite(.requiresLinux) struct AgentTests {
  let desk: Desk
  init() throws { desk = try Desk() }

  @Test func lockedThereIsNothingWithoutAPassphrase() throws {
    let ended = try desk.bare("case", "list")
    #expect(ended.status == 13)
    #expect(ended.output.isEmpty)
    #expect(ended.hints.first?.contains("casevault unlock") == true)
  }

  @Test func everyCommandWorksWithThePassphraseGivenOnce() throws {
    let mail = try desk.file("mail.eml", message())
    try desk.unlocked {
      let opened = try desk.bare("case", "open", "--client", "Nadia Novák", "--json").succeeded()
      let reference = try opened.text("ref")
      let note = try desk.bare("note", "add", reference, "-", "--json", input: "Rang about rent.")
        .succeeded().text("record")
      try desk.bare("mail", "add", reference, mail).succeeded()
      #expect(try desk.bare("mail", "add", reference, mail).output.contains("Not added again"))
      try desk.bare("note", "amend", reference, note, "-", input: "Rang about the rent.")
        .succeeded()
      try desk.bare("case", "update", reference, "--topic", "Housing").succeeded()
      #expect(try desk.bare("case", "list").output.contains("Nadia Novák"))
      #expect(try desk.bare("case", "find", "novak").output.contains(reference))
      #expect(try desk.bare("case", "show", reference).output.contains("Housing"))
      #expect(try desk.bare("case", "history", reference).output.contains("Housing"))
      #expect(try desk.bare("get", reference, note).output == "Rang about rent.")
      #expect(try desk.bare("show", reference, note, "--text").output.contains("Rang about rent."))
      #expect(try desk.bare("show", reference, note).output.contains("Amended by"))
      try desk.bare("withdraw", reference, note, "--reason", "a mistake").succeeded()
      #expect(try desk.bare("check", "--deep").output.contains("Nothing is wrong."))
      let missing = try desk.bare("case", "show", "ZZZZ-ZZZZ")
      #expect(missing.status == 16)
    }
    #expect(try desk.casevault("check", "--deep").output.contains("Nothing is wrong."))
  }

  /// What a command says does not depend on who holds the keys.
  @Test func answersAreTheSameNearAndFar() throws {
    let reference = try desk.openCase("--client", "Nadia", "--topic", "Housing")
    let note = try desk.note("A word.", in: reference)
    let commands = [
      ["case", "list"], ["case", "list", "--json"], ["case", "find", "nadia"],
      ["case", "find", "nobody"], ["case", "show", reference],
      ["case", "show", reference, "--json"],
      ["case", "show", "0000-0000"], ["case", "history", reference, "--json"],
      ["show", reference, note], ["show", reference, note, "--json"], ["get", reference, note],
      ["get", reference, "zzzz"], ["show", reference, note, "--text"],
      ["get", reference, note, "--attachment", "1"], ["check", "--deep"],
    ]
    let near = try commands.map { try desk.run($0) }
    let far = try desk.unlocked {
      try commands.map { try desk.run($0, environment: Desk.noPassphrase) }
    }
    for (command, (near, far)) in zip(commands, zip(near, far)) {
      #expect(near.status == far.status, "\(command)")
      #expect(near.bytes == far.bytes, "\(command)")
      #expect(near.errors == far.errors, "\(command)")
    }
  }

  @Test func whatIsDamagedIsRefusedAlike() throws {
    let reference = try desk.openCase("--client", "Nadia")
    let note = try desk.note("A word.", in: reference)
    try desk.vault.alter(desk.path(ofRecord: note)) { $0[5_000] ^= 1 }
    let near = try desk.run(["get", reference, note])
    #expect(near.status == 14)
    #expect(near.bytes.isEmpty)
    try desk.unlocked {
      let far = try desk.bare("get", reference, note)
      #expect(far.status == 14)
      #expect(far.bytes.isEmpty)
      #expect(far.errors == near.errors)
    }
  }

  @Test func wrongPassphraseUnlocksNothing() throws {
    let ended = try desk.run(
      ["unlock"], environment: ["CASEVAULT_PASSPHRASE_COMMAND": "echo wrong horse"])
    #expect(ended.status == 12)
    #expect(ended.errorMessages == ["casevault: error: wrong passphrase"])
    #expect(try desk.bare("case", "list").status == 13)
  }

  @Test func unlockingTwiceAndLockingTwiceAreNoErrors() throws {
    try desk.unlocked { () throws in
      #expect(try desk.casevault("unlock").status == 0)
      #expect(try desk.casevault("lock").output == "Locked.\n")
      #expect(try desk.casevault("lock").status == 0)
    }
  }

  @Test func statusTellsHowItStands() throws {
    #expect(try desk.casevault("status", "--json").object()["unlocked"] as? Bool == false)
    try desk.unlocked(idle: "10m") {
      let status = try desk.casevault("status", "--json").object()
      #expect(status["unlocked"] as? Bool == true)
      #expect(status["member"] as? String == "Mara Manager")
      #expect(status["role"] as? String == "manager")
      #expect((1...600).contains(try (status["locks_in"] as? Int).orThrow()))
    }
  }

  @Test func lockIsTheEndOfTheProcess() throws {
    try desk.unlocked {
      let agent = try desk.agent()
      #expect(kill(agent, 0) == 0)
      try desk.casevault("lock").succeeded()
      // `lock` returns when the process is gone.
      #expect(eventually { isGone(agent) })
      #expect(throws: (any Error).self) { try desk.socket() }
    }
  }

  @Test func unusedItLocksItself() throws {
    try desk.unlocked(idle: "5s") {
      let agent = try desk.agent()
      #expect(waitForEnd(of: agent))
      #expect(try desk.bare("case", "list").status == 13)
    }
  }

  @Test func afterAKillTheNextUnlockWorks() throws {
    let reference = try desk.openCase("--client", "Nadia")
    try desk.unlocked {
      let agent = try desk.agent()
      kill(agent, SIGKILL)
      #expect(waitForEnd(of: agent))
      #expect(try desk.bare("case", "show", reference).status == 13)
      #expect(try desk.casevault("case", "show", reference).status == 0)
      try desk.casevault("unlock").succeeded()
      #expect(try desk.bare("case", "show", reference).status == 0)
    }
  }

  @Test func aTermSignalLocksOrderly() throws {
    try desk.unlocked {
      let agent = try desk.agent()
      try desk.bare("case", "open", "--client", "Nadia").succeeded()
      kill(agent, SIGTERM)
      #expect(waitForEnd(of: agent))
      #expect(throws: (any Error).self) { try desk.socket() }
    }
    #expect(try desk.casevault("check").output.contains("Nothing is wrong."))
  }

  @Test func eightAtOnceThroughOneAgentLoseNothing() throws {
    let reference = try desk.openCase("--client", "Nadia")
    try desk.unlocked {
      let running = try (0..<8).map { number in
        try desk.start(
          number.isMultiple(of: 2)
            ? ["note", "add", reference, "--json"]
            : ["case", "open", "--client", "Client \(number)", "--json"],
          input: Array("Note \(number)".utf8), environment: Desk.noPassphrase)
      }
      for one in try running.map({ try $0.end() }) { try one.succeeded() }
      #expect(try desk.records(of: reference).count == 1 + 4)
    }
    #expect(try desk.casevault("case", "list", "--quiet").lines.count == 1 + 4)
    #expect(try desk.casevault("check", "--deep").output.contains("Nothing is wrong."))
  }

  /// A command is answered before the index has what it filed; whoever asks next waits for that.
  @Test func whatWasFiledIsInTheNextList() throws {
    let reference = try desk.openCase("--client", "Nadia")
    try desk.unlocked {
      for number in 1...5 {
        try desk.bare("case", "update", reference, "--topic", "Matter\(number)").succeeded()
        #expect(try desk.bare("case", "find", "matter\(number)").output.contains(reference))
      }
    }
  }

  @Test func whatWasFiledIsInTheIndexThoughTheAgentIsKilledThen() throws {
    let reference = try desk.openCase("--client", "Nadia")
    try desk.unlocked {
      for number in 1...3 {
        let agent = try desk.agent()
        try desk.bare("case", "update", reference, "--topic", "Matter\(number)").succeeded()
        kill(agent, SIGKILL)
        #expect(waitForEnd(of: agent))
        try desk.casevault("unlock").succeeded()
        #expect(try desk.bare("case", "find", "matter\(number)").output.contains(reference))
      }
    }
    #expect(try desk.casevault("check").output.contains("Nothing is wrong."))
  }

  /// What a client does not finish is no record, and the agent goes on.
  @Test func aClientThatIsKilledHalfWayLeavesNothing() throws {
    let reference = try desk.openCase("--client", "Nadia")
    try desk.unlocked {
      try desk.files.plantPipe("pipe")
      let pipe = open(desk.files.at("pipe"), O_RDWR | O_CLOEXEC)
      defer { close(pipe) }
      let running = try desk.start(
        ["note", "add", reference], descriptors: [0: desk.files.at("pipe")],
        environment: Desk.noPassphrase)
      let bytes = [UInt8](repeating: 0x78, count: 1 << 20)
      _ = write(pipe, bytes, bytes.count)
      kill(running.process, SIGKILL)
      _ = try running.end()
      #expect(try desk.bare("note", "add", reference, "-", input: "Another.").status == 0)
      #expect(try desk.records(of: reference).count == 2)
    }
  }

  /// Waits for the end of a process, for at most a minute.
  private func waitForEnd(of process: pid_t) -> Bool {
    for _ in 0..<6_000 where !isGone(process) { usleep(10_000) }
    return isGone(process)
  }
}
