import TestSupport
import Testing

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
      try nadia.shell("echo >>Notes/a.txt").succeeded()
      try nadia.expect("Notes/a.txt", is: text + "\n")
      #expect((try mount.facts()?["unkept"] as? [String])?.isEmpty == true)
      try mount.casevault("unmount", mount.path).succeeded()
      #expect(try mount.casevault("check", "--deep").output.contains("Nothing is wrong."))
    }
  }
}
