import Foundation
import TestSupport
import Testing

/// The mount of an ordinary user, and of one who may not mount at all.
@Suite(
  .requiresLinux, .requiresFUSE, .requires("setpriv", "unshare"),
  .enabled(if: Needs.isRoot, "only root becomes another"))
struct MountUserTests {
  let desk: Desk
  init() throws { desk = try Desk() }

  private let user = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]

  @Test func anOrdinaryUserMountsAndNobodyElseLooksIn() throws {
    let reference = try desk.openCase("--client", "Nadia")
    try desk.giveTo(65_534)
    try desk.mounted(through: user) { mount in
      let nadia = MountedCase(mount: mount, reference: reference, name: "\(reference) Nadia")
      try nadia.shell("echo words >Notes/a.txt && sed -i s/words/other/ Notes/a.txt").succeeded()
      try nadia.expect("Notes/a.txt", is: "other\n")
      #expect(
        try nadia.shell("stat -c '%u %g %a' Notes/a.txt Notes").output
          == "65534 65534 600\n65534 65534 700\n")
      let options = try FUSE.options(mount.path).orThrow()
      #expect(options.contains("user_id=65534") && !options.contains("allow_other"))
      #expect(Set(options).isSuperset(of: ["nosuid", "nodev", "noexec"]))
      // Not even root.
      let look = try desk.launch(["ls", mount.path]).end()
      #expect(look.status != 0 && look.errors.contains("Permission denied"))
      try mount.casevault("unmount", mount.path).succeeded()
      #expect(!mount.isThere)
    }
  }

  @Test(.requires("strace")) func itsOwnUserCannotLookIntoTheMountsProcess() throws {
    try desk.giveTo(65_534)
    try desk.mounted(through: user) { mount in
      let process = try mount.process()
      for attempt in [
        "cat /proc/\(process)/mem", "cat /proc/\(process)/environ", "ls /proc/\(process)/fd",
        "timeout 20 strace -p \(process)",
      ] {
        let ended = try desk.launch(user + ["/bin/sh", "-c", attempt]).end()
        #expect(ended.status != 0 && ended.bytes.isEmpty, "\(attempt)")
      }
      let limits = try String(contentsOfFile: "/proc/\(process)/limits", encoding: .utf8)
      #expect(limits.contains(/Max core file size +0 +0/))
      // What was typed says where somebody's files are; others see the program alone.
      let line = try String(contentsOfFile: "/proc/\(process)/cmdline", encoding: .utf8)
      #expect(!line.contains(Desk.passphrase))
    }
  }

  /// A machine like this one, but for /dev, which only the program and its children see.
  ///
  /// - Parameter fuse: what is done to make /dev/fuse, in a folder that will be /dev.
  private func elsewhere(_ fuse: String, as user: [String]) throws -> [String] {
    let script = """
      set -e; cd '\(desk.files.path)'; mkdir -p dev; mount -t tmpfs -o mode=755 tmpfs dev
      mkdir dev/shm; mount --bind /dev/shm dev/shm
      for name in null zero random urandom tty; do
        touch dev/$name; mount --bind /dev/$name dev/$name
      done
      \(fuse)
      mount --move dev /dev; exec "$@"
      """
    return ["unshare", "-m", "/bin/sh", "-c", script, "sh"] + user
  }

  enum Lack: String, CaseIterable {
    case device = ":"
    case rights = "mknod -m 600 dev/fuse c 10 229"
    case moduleGone = "touch dev/fuse; mount --bind /dev/null dev/fuse"
    case program = """
      mknod -m 666 dev/fuse c 10 229; mount --bind /dev/null "$(readlink -f /usr/bin/fusermount3)"
      """
  }

  @Test(arguments: Lack.allCases, [true, false])
  func withoutFUSEThereAreAWordAndOtherCommands(_ lack: Lack, isOrdinary: Bool) throws {
    // Root opens every device, and mounts without a helper.
    guard isOrdinary || [.device, .moduleGone].contains(lack) else { return }
    if isOrdinary { try desk.giveTo(65_534) }
    let user = isOrdinary ? self.user : []
    let place = desk.files.at("mount")
    let there = Desk.bounds(60) + (try elsewhere(lack.rawValue, as: user))
    defer { _ = try? desk.run(["lock"], through: user) }
    let ended = try desk.run(["mount", place], through: there)
    #expect(ended.status == 1 && ended.output.isEmpty, "\(ended.errors)")
    #expect(ended.errorMessages.count == 1, "\(ended.errors)")
    // Nothing of libfuse's or fusermount's own.
    #expect(ended.errorLines.allSatisfy { $0.hasPrefix("casevault: ") }, "\(ended.errors)")
    let hint = ended.hints.joined()
    for command in ["case list", "show", "get", "note add"] { #expect(hint.contains(command)) }
    #expect(!FUSE.isMounted(place))
    let status = try desk.run(["status", "--json"], through: user).succeeded().object()
    #expect((status["mounts"] as? [Any] ?? []).isEmpty)
  }
}
