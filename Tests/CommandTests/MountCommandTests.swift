import Foundation
import TestSupport
import Testing

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// `casevault mount`, `unmount`, and what `status` says of mounts.
@Suite(.requiresLinux, .requiresFUSE) struct MountCommandTests {
  let desk: Desk
  init() throws { desk = try Desk() }

  private var place: String { desk.files.at("mount") }

  /// A mount that a test makes and ends with its own commands; what is left of it ends anyhow.
  private func bounded(steps: (Mount) throws -> Void) throws {
    let mount = Mount(desk: desk, path: place)
    defer { mount.end([]) }
    try steps(mount)
  }

  @Test func itUnlocksMountsAndSaysWhere() throws {
    try bounded { mount in
      let mounted = try mount.casevault("mount", place)
      #expect(
        desk.transcript(mounted) == """
          Unlocked for Mara Manager (manager).
          Mounted at DESK/mount.
          ! locks itself after 30 min without use
          [0]
          """)
      #expect(mount.isThere)
      #expect(try desk.casevault("status", "--json").object()["unlocked"] as? Bool == true)
      let process = try mount.process()
      #expect(!isGone(process))
      let facts = try mount.facts().orThrow()
      #expect(Set(facts.keys) == ["path", "read_only", "process", "troubles", "unkept"])
      #expect(facts["read_only"] as? Bool == false)
      #expect((facts["troubles"] as? [Any])?.isEmpty == true)
      let status = try mount.casevault("status").succeeded()
      #expect(status.lines.contains("Mount     \(place)"), "\(status.output)")

      try mount.casevault("unmount", place).succeeded()
      #expect(isGone(process) && !mount.isThere)
      #expect(try mount.facts() == nil)
      // To unmount is not to lock.
      #expect(try desk.bare("case", "list").status == 0)
    }
  }

  @Test func lockedAndWithoutAPassphraseNothingIsMounted() throws {
    try bounded { mount in
      let locked = try desk.bare("mount", place)
      #expect(locked.status == 13 && locked.errorMessages.count == 1)
      let wrong = try desk.run(
        ["mount", place], environment: ["CASEVAULT_PASSPHRASE_COMMAND": "echo wrong horse"])
      #expect(wrong.status == 12)
      #expect(!mount.isThere)
      #expect(try desk.casevault("status", "--json").object()["unlocked"] as? Bool == false)
    }
  }

  @Test func anUnlockedVaultIsMountedWithoutAPassphrase() throws {
    try bounded { mount in
      try mount.casevault("unlock").succeeded()
      let agent = try desk.agent()
      try desk.bare("mount", place).succeeded()
      #expect(mount.isThere)
      #expect(try desk.agent() == agent)
      try mount.casevault("lock").succeeded()
      #expect(eventually { isGone(agent) && !mount.isThere })
    }
  }

  @Test func readOnlyNothingIsWritten() throws {
    let reference = try desk.openCase("--client", "Nadia")
    try desk.note("words", in: reference, "--title", "call")
    let before = desk.vault.everything("cases")
    try desk.mounted("--read-only") { mount in
      #expect(try mount.facts()?["read_only"] as? Bool == true)
      let status = try mount.casevault("status").succeeded()
      #expect(status.lines.contains("Mount     \(place), read only"), "\(status.output)")
      #expect(FUSE.options(place)?.contains("ro") == true)
      let folder = "Open/\(reference) Nadia"
      for line in [
        "echo x >Notes/new.txt", "echo x >>Notes/call.txt", "rm Notes/call.txt",
        "mv Notes/call.txt Notes/b.txt", "mkdir ../Sam", "truncate -s 0 Notes/call.txt",
        "echo x >Notes/.x",
      ] {
        let ended = try mount.shell(line, in: folder)
        #expect(ended.status != 0, "\(line)")
        #expect(ended.errors.contains("Read-only file system"), "\(ended.errors)")
      }
      #expect(try mount.shell("cat Notes/call.txt", in: folder).output == "words")
    }
    #expect(desk.vault.everything("cases") == before)
  }

  @Test func whereItCannotBeNothingIsMounted() throws {
    try desk.files.plant([], at: "full/.file")
    try desk.files.plant([], at: "file")
    for name in ["full", "file", "nowhere/mount"] {
      try desk.unlocked {
        let ended = try desk.casevault("mount", desk.files.at(name))
        #expect(ended.status == 1 && ended.output.isEmpty, "\(name)")
        #expect(ended.errorMessages.count == 1, "\(name): \(ended.errors)")
        #expect(!FUSE.isMounted(desk.files.at(name)))
      }
    }
    #expect(!desk.files.exists("nowhere") && desk.files.exists("full/.file"))
  }

  @Test(arguments: ["vault", "vault/cases", "vault/new", "link/new", "vault/cases/../new"])
  func inAVaultNothingIsMounted(_ name: String) throws {
    try desk.files.plantLink("link", to: desk.vault.path)
    let before = desk.vault.everything("cases")
    try desk.unlocked {
      let ended = try desk.casevault("mount", desk.files.at(name))
      #expect(ended.status == 15 && ended.output.isEmpty)
      #expect(ended.errorMessages.count == 1)
      #expect(!FUSE.isMounted(desk.files.at(name)))
    }
    #expect(desk.vault.everything("cases") == before && !desk.vault.exists("new"))
  }

  @Test func itIsMountedTwiceInTwoPlacesAndNotInOne() throws {
    let reference = try desk.openCase("--client", "Nadia")
    try desk.mounted { mount in
      let other = Mount(desk: desk, path: desk.files.at("other"))
      defer { FUSE.unmount(other.path) }
      #expect(try mount.casevault("mount", place).status == 1)
      try other.begin(["--read-only"])
      for mount in [mount, other] {
        #expect(try mount.shell("ls Open").output == "\(reference) Nadia\n")
        #expect(try mount.facts() != nil)
      }
      try mount.casevault("unmount", other.path).succeeded()
      #expect(!other.isThere && mount.isThere)
      try other.begin()
      try mount.casevault("lock").succeeded()
      #expect(eventually { !other.isThere && !mount.isThere })
    }
  }

  @Test func aPlaceIsNamedAsPeopleNameIt() throws {
    try desk.mounted { mount in
      try mount.casevault("unmount", "mount").succeeded()
      #expect(!mount.isThere)
      try mount.casevault("mount", "./mount/").succeeded()
      #expect(mount.isThere)
      #expect(try mount.facts() != nil)
      try mount.casevault("unmount", "mount/../mount/").succeeded()
      #expect(!mount.isThere)
    }
  }

  @Test func whatIsNotMountedIsNotUnmounted() throws {
    try desk.files.makeFolder("folder")
    for name in ["folder", "nowhere", "vault"] {
      let ended = try desk.casevault("unmount", desk.files.at(name))
      #expect(ended.status == 16 && ended.errorMessages.count == 1, "\(ended.errors)")
    }
  }

  @Test func whatIsInUseIsNotUnmounted() throws {
    try desk.mountedCase { nadia in
      try nadia.shell("echo words >Notes/a.txt").succeeded()
      let running = try nadia.start(
        "exec 3<Notes/a.txt; touch ../../../ready; until [ -e ../../../go ]; do sleep 0.05; done")
      defer { running.stop() }
      #expect(eventually { desk.files.exists("ready") })
      let busy = try nadia.mount.casevault("unmount", place)
      #expect(busy.status == 1 && busy.errorMessages.count == 1, "\(busy.errors)")
      #expect(busy.hints.count == 1)
      #expect(try nadia.text("Notes/a.txt") == "words\n")
      try desk.files.plant([], at: "go")
      _ = try running.end(within: 20)
      #expect(
        try eventually { try nadia.mount.casevault("unmount", place).status == 0 })
      #expect(!nadia.mount.isThere)
    }
  }

  enum End: CaseIterable { case interrupt, terminate, unmount, lock, killedAgent, idle }

  @Test(arguments: End.allCases) func inTheForegroundItStaysUntilItsEnd(_ end: End) throws {
    try bounded { mount in
      try mount.casevault("unlock", "--for", end == .idle ? "10s" : "10m").succeeded()
      let running = try desk.start(["mount", place, "--foreground"])
      defer { running.stop() }
      #expect(eventually { mount.isThere })
      if end != .idle {
        #expect(try mount.shell("ls").output == "Closed\nOpen\n")
        #expect(try mount.facts()?["process"] as? Int == Int(running.process))
        #expect(!isGone(running.process))
      }
      switch end {
      case .interrupt: kill(running.process, SIGINT)
      case .terminate: kill(running.process, SIGTERM)
      case .unmount: try mount.casevault("unmount", place).succeeded()
      case .lock: try mount.casevault("lock").succeeded()
      case .killedAgent: kill(try desk.agent(), SIGKILL)
      case .idle: break
      }
      let ended = try running.end(within: 60)
      #expect(ended.status == 0, "\(ended.errors)")
      #expect(ended.output == "Mounted at \(place).\n")
      #expect(!mount.isThere)
    }
  }

  @Test(arguments: [["mount"], ["unmount"], ["mount", "a", "b"], ["mount", "a", "--rw"]])
  func whatMakesNoSenseIsUsage(_ arguments: [String]) throws {
    #expect(try desk.run(arguments).status == 64)
  }

  /// The mount itself refuses, whatever the kernel was told meanwhile.
  @Test(.enabled(if: Needs.canMount, "only root can mount"))
  func readOnlyItStaysThoughTheKernelLetsWritesThrough() throws {
    let reference = try desk.openCase("--client", "Nadia")
    try desk.note("words", in: reference, "--title", "call")
    let before = desk.vault.everything("cases")
    try desk.mounted("--read-only") { mount in
      try desk.shell("timeout 20 mount -i -o remount,rw mount").succeeded()
      #expect(FUSE.options(place)?.contains("rw") == true)
      for line in [
        "echo x >Notes/new.txt", "echo x >>Notes/call.txt", "rm Notes/call.txt",
        "mv Notes/call.txt Notes/b.txt", "mkdir ../Sam", "rmdir Notes",
        "truncate -s 0 Notes/call.txt", "truncate -s 2 Notes/call.txt", "echo x >Notes/.x",
      ] {
        let ended = try mount.shell(line, in: "Open/\(reference) Nadia")
        #expect(ended.status != 0, "\(line)")
        #expect(ended.errors.contains("Read-only file system"), "\(line): \(ended.errors)")
      }
      #expect(
        try mount.shell("cat Notes/call.txt", in: "Open/\(reference) Nadia").output == "words")
    }
    #expect(desk.vault.everything("cases") == before)
  }
}
