import Foundation
import TestSupport
import Testing

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// How a mount ends, and what is left of it.
@Suite(.requiresLinux, .requiresFUSE) struct MountEndingTests {
  let desk: Desk
  init() throws { desk = try Desk() }

  /// Has a file open, mapped and duplicated, part of it read; tries all three again when
  /// the desk's file `go` appears, and says what came of it.
  private static let holder = """
    import errno, json, mmap, os, sys, time
    it = os.open('Notes/a.txt', os.O_RDONLY); other = os.dup(it)
    size = os.fstat(it).st_size
    shared = mmap.mmap(it, size, mmap.MAP_SHARED, mmap.PROT_READ)
    private = mmap.mmap(it, size, mmap.MAP_PRIVATE, mmap.PROT_READ)
    assert b'Heronbird' in shared[:4096] and b'Heronbird' in private[:4096]
    assert b'Heronbird' in os.pread(it, size, 0) and b'Heronbird' in os.pread(other, 99, 0)
    desk = sys.argv[1]
    open(desk + '/ready', 'w').close()
    end = time.monotonic() + 60
    while not os.path.exists(desk + '/go') and time.monotonic() < end: time.sleep(0.01)
    def reading(read):
      try: return repr(read()[:20])
      except OSError as error: return errno.errorcode[error.errno]
    def touching(pages):
      answer, asked = os.pipe(); child = os.fork()
      if child == 0:
        os.write(asked, pages[:20]); os.write(asked, pages[-20:]); os._exit(0)
      os.close(asked)
      status = os.waitpid(child, 0)[1]
      return repr(os.read(answer, 40) or os.WTERMSIG(status))
    said = {'open': reading(lambda: os.pread(it, 99, 0)),
      'end': reading(lambda: os.pread(it, 99, size - 99)),
      'copy': reading(lambda: os.pread(other, 99, 0)),
      'again': reading(lambda: open('Notes/a.txt', 'rb').read(99)),
      'through proc': reading(lambda: open(f'/proc/self/fd/{it}', 'rb').read(99)),
      'shared': touching(shared), 'private': touching(private)}
    print(json.dumps(said))
    """

  /// Not the death of the mount's process, which leaves what the kernel holds to those who
  /// had it open: nobody is there to take it away.
  enum End: CaseIterable { case lock, killedAgent, terminatedAgent, terminatedMount }

  @Test(arguments: End.allCases) func whateverEndsItNoProgramReadsOn(_ end: End) throws {
    try desk.mountedCase { nadia in
      try nadia.shell(
        "\(Desk.python) -c 'print(\"Heronbird \" * 50_000)' >Notes/a.txt"
      ).succeeded()
      let (agent, mount) = (try desk.agent(), try nadia.mount.process())
      let running = try nadia.startPython(Self.holder, [desk.files.path])
      defer { running.stop() }
      #expect(eventually { desk.files.exists("ready") })
      switch end {
      case .lock:
        #expect(try nadia.mount.casevault("lock").status == 0)
        // It returns when their memory is gone; the kernel counts them out a moment later.
        #expect(eventually { isGone(agent) && isGone(mount) })
      case .killedAgent: kill(agent, SIGKILL)
      case .terminatedAgent: kill(agent, SIGTERM)
      case .terminatedMount: kill(mount, SIGTERM)
      }
      #expect(eventually { isGone(mount) })
      try desk.files.plant([], at: "go")
      let ended = try running.end(within: 60)
      let said = try ended.succeeded().object().compactMapValues { $0 as? String }
      #expect(said.count == 7)
      #expect(!ended.output.contains("eron"), "\(said)")
      let refusals: Set = ["EIO", "ENOTCONN", "ECONNABORTED", "ENXIO", "ENOENT"]
      for way in ["open", "end", "copy", "again", "through proc"] {
        #expect(refusals.contains(said[way] ?? ""), "\(way): \(said[way] ?? "")")
      }
      for way in ["shared", "private"] { #expect(said[way] == "\(SIGBUS)", "\(said[way] ?? "")") }
      #expect(eventually { !nadia.mount.isThere })
    }
    #expect(try desk.casevault("check", "--deep").output.contains("Nothing is wrong."))
  }

  @Test(arguments: [SIGTERM, SIGINT, SIGHUP]) func aSignalLeavesNoDeadMount(_ signal: Int32) throws
  {
    try desk.mountedCase { nadia in
      try nadia.shell("echo words >Notes/a.txt").succeeded()
      let process = try nadia.mount.process()
      kill(process, signal)
      #expect(eventually { isGone(process) })
      #expect(!nadia.mount.isThere)
      #expect(try desk.shell("timeout 10 ls -A mount").succeeded().output.isEmpty)
      #expect(try nadia.mount.facts() == nil)
      // The agent is none of its business.
      try nadia.mount.begin()
      try nadia.expect("Notes/a.txt", is: "words\n")
    }
  }

  /// A lock gives little time: what is quickly kept comes before what takes long.
  @Test func aLockKeepsSmallFilesThoughABigOneIsWritten() throws {
    let reference = try desk.openCase("--client", "Nadia")
    let place = "\(reference) Nadia"
    let program = """
      import os, sys, time
      def begun(name): return os.open('Notes/' + name, os.O_WRONLY | os.O_CREAT)
      big = begun('big.bin')
      for _ in range(512): os.write(big, b'x' * 1_048_576)
      small = [begun(f's{n}.txt') for n in range(6)]
      for it in small: os.write(it, b'small')
      open(sys.argv[1] + '/ready', 'w').close()
      end = time.monotonic() + 60
      while not os.path.exists(sys.argv[1] + '/go') and time.monotonic() < end: time.sleep(0.01)
      """
    try desk.mounted { mount in
      let nadia = MountedCase(mount: mount, reference: reference, name: place)
      let running = try nadia.startPython(program, [desk.files.path])
      defer { running.stop() }
      #expect(eventually(within: 60) { desk.files.exists("ready") })
      try mount.casevault("lock").succeeded()
      try desk.files.plant([], at: "go")
      _ = try running.end(within: 60)
    }
    try desk.mounted { mount in
      let nadia = MountedCase(mount: mount, reference: reference, name: place)
      let names = try nadia.names("Notes")
      for number in 0..<6 {
        #expect(names.contains("s\(number) (recovered).txt"), "\(names)")
      }
    }
  }

  @Test func aMountThatACrashLeftIsCleanedByTheNext() throws {
    try desk.mountedCase { nadia in
      try nadia.shell("echo words >Notes/a.txt").succeeded()
      let process = try nadia.mount.process()
      kill(process, SIGKILL)
      #expect(eventually { isGone(process) })
      #expect(try eventually { try nadia.mount.facts() == nil })
      let again = try nadia.mount.casevault("mount", nadia.mount.path)
      #expect(again.status == 0, "\(again.errors)")
      try nadia.expect("Notes/a.txt", is: "words\n")
    }
  }

  @Test func unusedTheMountEndsWithTheAgent() throws {
    let mount = Mount(desk: desk, path: desk.files.at("mount"))
    var processes: [pid_t] = []
    defer { mount.end(processes) }
    try desk.casevault("unlock", "--for", "10s").succeeded()
    try mount.begin()
    processes = mount.processes()
    #expect(eventually { processes.allSatisfy(isGone) })
    #expect(eventually { !mount.isThere })
  }

  /// What a program wrote and synced, cut short by the end of the mount.
  private func cutShort(
    _ nadia: MountedCase, _ program: String, by end: (_ mount: pid_t) throws -> Void
  ) throws {
    let mount = try nadia.mount.process()
    let running = try nadia.startPython(
      """
      import os, sys, time
      \(program)
      it.flush(); os.fsync(it.fileno())
      open(sys.argv[1] + '/ready', 'w').close(); time.sleep(60)
      """, [desk.files.path])
    defer { running.stop() }
    #expect(eventually { desk.files.exists("ready") })
    try end(mount)
    #expect(eventually { isGone(mount) })
  }

  @Test(
    arguments: [
      "it = open('Notes/letter.txt', 'w'); it.write('Dear Nadia, ' * 9_000)",
      "it = open('Notes/old.txt', 'w'); it.write('Dear Nadia, ' * 9_000)",
      "it = open('Notes/old.txt', 'r+'); it.write('Dear Nadia, ' * 9_000)",
    ], [true, false])
  func aSaveThatWasCutShortIsSaidAndKept(_ program: String, isKilled: Bool) throws {
    let name = program.contains("letter.txt") ? "letter" : "old"
    try desk.mountedCase { nadia in
      try nadia.shell("echo old >Notes/old.txt").succeeded()
      try cutShort(nadia, program) { mount in
        if isKilled { kill(mount, SIGKILL) }
        // Without a crash, it is the lock that cuts it short.
        try nadia.mount.casevault("lock").succeeded()
      }
      let unlocked = try nadia.mount.casevault("unlock").succeeded()
      let said = unlocked.output + unlocked.errors
      #expect(said.contains(/save|recover/), "\(said)")
      #expect(!said.contains("letter") && !said.contains("Nadia"))
      try nadia.mount.begin()
      let recovered = "\(name) (recovered).txt"
      #expect(try eventually { try nadia.names("Notes").contains(recovered) })
      try nadia.expect("Notes/\(recovered)", is: String(repeating: "Dear Nadia, ", count: 9_000))
      try nadia.expect("Notes/old.txt", is: "old\n")
      #expect(try nadia.names("Notes") == [recovered, "old.txt"].sorted())
      // It is said once, and filed once.
      try nadia.mount.casevault("lock").succeeded()
      let again = try nadia.mount.casevault("unlock").succeeded()
      #expect(!(again.output + again.errors).contains(/recover/))
      try nadia.mount.begin()
      #expect(try nadia.current().count == 2)
    }
  }

  @Test(.enabled(if: SlowShare.isHere, "cc or pkg-config is not installed"))
  func aShareThatHangsIsAnErrorAndNoHangingProgram() throws {
    let reference = try desk.openCase("--client", "Nadia")
    try desk.file("in.txt", String(repeating: "Heronbird ", count: 200_000))
    for name in ["one", "two"] {
      try desk.casevault("note", "add", reference, desk.files.at("in.txt"), "--title", name)
        .succeeded()
    }
    let share = try SlowShare(of: desk)
    defer { share.end() }
    let here: [String: String?] = ["CASEVAULT_VAULT": share.path]
    try desk.mounted(environment: here) { mount in
      // Before anything else here: the mount could not end while the share hangs.
      defer { share.goOn() }
      let notes = "Open/\(reference) Nadia/Notes"
      try mount.shell("cat one.txt >/dev/null", in: notes).succeeded()
      share.hang()
      let read = try mount.start("cat \"$1/two.txt\"", [notes], limit: 120)
      let ended = try read.end(within: 125)
      #expect(ended.status == 1, "\(ended.status)")
      #expect(ended.errors.contains("Input/output error"), "\(ended.errors)")
      share.goOn()
      #expect(
        try eventually(within: 30) {
          try mount.shell("cat two.txt | wc -c", in: notes).output == "2000000\n"
        })
    }
  }
}
