import TestSupport
import Testing

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A mount whose computer is full.
@Suite(.requiresLinux, .requiresFUSE, .enabled(if: Needs.canMount, "only root can mount"))
struct MountFullDiskTests {
  let desk: Desk
  init() throws { desk = try Desk() }

  /// Writes a file, fills the home's disk, and closes the file then: nothing can take it.
  private static let writer = """
    import errno, os, sys
    it = os.open('Notes/a.txt', os.O_CREAT | os.O_WRONLY)
    os.write(it, b'Heron' * int(sys.argv[1]))
    ballast = os.open(sys.argv[2], os.O_CREAT | os.O_WRONLY)
    for size in [65536] * 1024 + [1]:
      try: os.write(ballast, b'x' * size)
      except OSError as error: assert error.errno == errno.ENOSPC
    try: os.close(it)
    except OSError: print('refused')
    """

  /// Of one block, and of what is sealed while it comes.
  @Test(arguments: [1_000, 200_000])
  func whatNobodyCanKeepIsSaidAndHeldByTheMount(_ words: Int) throws {
    let reference = try desk.openCase("--client", "Nadia")
    try desk.files.makeFolder("small")
    try desk.shell("mount -t tmpfs -o size=8m tmpfs small && cp -a home small/").succeeded()
    defer { _ = try? desk.shell("umount -l small") }
    let home = ["CASEVAULT_HOME": desk.files.at("small/home")]
    try desk.mounted(environment: home) { mount in
      let nadia = MountedCase(mount: mount, reference: reference, name: "\(reference) Nadia")
      let ballast = desk.files.at("small/ballast")
      let written = try nadia.python(Self.writer, "\(words)", ballast).succeeded()
      #expect(written.output == "refused\n")
      // The file's last close may still be on its way.
      #expect(
        eventually { (try? mount.facts()?["unkept"] as? [String]) == ["\(reference), Notes"] })
      let troubles = try mount.facts()?["troubles"] as? [String]
      #expect(troubles?.last?.contains("nor kept on this computer") == true, "\(troubles ?? [])")
      let refused = try mount.casevault("unmount", mount.path)
      #expect(refused.status == 1)
      #expect(refused.errorMessages.count == 1)
      #expect(refused.errors.contains("a save in \(reference), Notes lies in"), "\(refused.errors)")

      try desk.shell("rm small/ballast").succeeded()
      let text = String(repeating: "Heron", count: words)
      #expect(try nadia.text("Notes/a.txt") == text)
      // A shell would not say how its close ended.
      try nadia.python("with open('Notes/a.txt', 'a') as it: it.write('\\n')").succeeded()
      try nadia.expect("Notes/a.txt", is: text + "\n")
      #expect((try mount.facts()?["unkept"] as? [String])?.isEmpty == true)
      try mount.casevault("unmount", mount.path).succeeded()
      #expect(try mount.casevault("check", "--deep").output.contains("Nothing is wrong."))
    }
  }

  /// Steps on a small disk with the vault on it; `fill()` leaves no room there, `empty()` makes it
  /// again.
  private func withSmallVault(
    _ python: String, _ then: (MountedCase, Ended) throws -> Void
  ) throws {
    let reference = try desk.openCase("--client", "Nadia")
    try desk.files.makeFolder("small")
    try desk.shell("mount -t tmpfs -o size=24m tmpfs small && cp -a vault small/").succeeded()
    defer { _ = try? desk.shell("umount -l small") }
    let vault = ["CASEVAULT_VAULT": desk.files.at("small/vault")]
    try desk.mounted(environment: vault) { mount in
      let nadia = MountedCase(mount: mount, reference: reference, name: "\(reference) Nadia")
      let ended = try nadia.python(
        """
        import errno, os, sys
        ballast = sys.argv[1]
        def fill(room=0):
          it = os.open(ballast, os.O_CREAT | os.O_WRONLY)
          for size in [65536] * 1024 + [1]:
            try: os.write(it, b'x' * size)
            except OSError as error: assert error.errno == errno.ENOSPC
          os.ftruncate(it, max(0, os.fstat(it).st_size - room)); os.close(it)
        def empty(): os.unlink(ballast)
        \(python)
        """, desk.files.at("small/ballast"), limit: 120)
      try then(nadia, ended)
      try mount.casevault("case", "list").succeeded()
      let checked = try mount.casevault("check", "--deep")
      #expect(checked.output.contains("Nothing is wrong."), "\(checked.output)\(checked.errors)")
    }
  }

  /// What the vault cannot take when a program closes it is kept on the computer, whatever comes then.
  @Test func whatTheVaultCannotTakeIsKeptForTheNextMount() throws {
    try withSmallVault(
      """
      it = os.open('Notes/a.txt', os.O_CREAT | os.O_WRONLY)
      os.write(it, b'Heron' * 40_000); fill()
      try: os.close(it)
      except OSError as error: print(errno.errorcode[error.errno])
      """
    ) { nadia, written in
      #expect(written.output == "ENOSPC\n", "\(written.errors)")
      #expect(
        eventually {
          let troubles = try? nadia.mount.facts()?["troubles"] as? [String]
          return troubles?.last?.hasSuffix("it is kept on this computer") == true
        })
      let process = try nadia.mount.process()
      kill(process, SIGKILL)
      #expect(eventually { isGone(process) })
      try desk.shell("rm small/ballast").succeeded()
      #expect(try eventually { try nadia.mount.facts() == nil })
      try nadia.mount.begin()
      try nadia.expect("Notes/a (recovered).txt", is: String(repeating: "Heron", count: 40_000))
    }
  }

  /// A write that was told to have failed left nothing; what came before it is there, and what comes
  /// after it goes on from there.
  @Test func aFullVaultInTheMiddleOfAFileCostsNothingThatWasTold() throws {
    try withSmallVault(
      """
      fill(room=6_000_000); it = os.open('Notes/a.bin', os.O_CREAT | os.O_RDWR); told = bytearray()
      chance = __import__('random').Random(7)
      while True:
        data = chance.randbytes(131_072)
        try: told += data[:os.write(it, data)]
        except OSError as error: print(errno.errorcode[error.errno]); break
        assert len(told) < 20_000_000
      assert os.fstat(it).st_size == len(told)
      empty()
      told += b'after'; assert os.pwrite(it, b'after', len(told) - 5) == 5
      assert b''.join(os.pread(it, 1 << 20, at) for at in range(0, len(told), 1 << 20)) == told
      os.close(it)
      open('../../../expected.bin', 'wb').write(told)
      """
    ) { nadia, written in
      #expect(written.output == "ENOSPC\n" && written.status == 0, "\(written.errors)")
      try nadia.mount.casevault("unmount", nadia.mount.path).succeeded()
      try nadia.mount.begin()
      try nadia.expect("Notes/a.bin", is: try desk.files.read("expected.bin"))
      #expect(try nadia.current().count == 1)
    }
  }

  @Test func aRenameThatTheVaultCannotTakeDidNotHappen() throws {
    try withSmallVault(
      """
      for name, text in [('a.txt', 'words'), ('q?.txt', 'why')]:
        with open('Notes/' + name, 'w') as it: it.write(text)
      fill()
      def names(): return sorted(os.listdir('Notes'))
      for name in ['b.txt', 'b?.txt', 'q?.txt', 'q_.txt']:
        try: os.rename('Notes/a.txt', 'Notes/' + name)
        except OSError as error: print(errno.errorcode[error.errno], os.path.exists('Notes/b?.txt'))
      print(names(), open('Notes/a.txt').read(), open('Notes/q?.txt').read()); empty()
      with open('Notes/a.txt', 'a') as it: it.write(' more')
      os.rename('Notes/a.txt', 'Notes/c.txt'); print(names())
      """
    ) { nadia, written in
      #expect(
        written.lines == Array(repeating: "ENOSPC False", count: 4)
          + ["['a.txt', 'q_.txt'] words why", "['c.txt', 'q_.txt']"],
        "\(written.output)\(written.errors)")
      try nadia.expect("Notes/c.txt", is: "words more")
      try nadia.expect("Notes/q?.txt", is: "why")
    }
  }
}
