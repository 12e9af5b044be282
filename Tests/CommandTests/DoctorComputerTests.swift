import Commands
import Foundation
import TestSupport
import Testing

/// `casevault doctor`: what it says of the computer itself.
@Suite(.requiresLinux) struct DoctorComputerTests {
  let desk: Desk
  init() throws { desk = try Desk(founded: false) }

  /// The objects of one name.
  private func doctor(
    _ name: String, environment: [String: String?] = [:], through wrapper: [String] = []
  ) throws -> [[String: Any]] {
    let ended = try desk.run(
      ["doctor", "--json"], environment: environment, through: wrapper)
    let objects = try ended.objects()
    for object in objects {
      #expect(object["ok"] is Bool && object["reason"] is String)
      #expect(["computer", "leftover"].contains(object["kind"] as? String))
      #expect(object["ok"] as? Bool == true || object["hint"] is String)
    }
    #expect(ended.status == (objects.allSatisfy { $0["ok"] as? Bool == true } ? 0 : 3))
    return objects.filter { $0["name"] as? String == name }
  }

  @Test func whatItLooksAtHasAName() throws {
    for name in ["fuse", "fusermount3", "locked memory", "swap", "home", "mounts", "vim"] {
      #expect(try !doctor(name).isEmpty, "\(name)")
    }
  }

  @Test func aLowLimitOnLockedMemoryIsSaid() throws {
    for (limit, isFine) in [("64", false), ("8191", false), ("8192", true)] {
      let objects = try doctor(
        "locked memory",
        through: ["/bin/sh", "-c", "ulimit -l \(limit) && exec \"$@\"", "sh"])
      #expect(objects.map { $0["ok"] as? Bool } == [isFine], "\(limit)")
    }
  }

  @Test func decodersThatAreMissingAreNamedWithTheirPackages() throws {
    let objects = try doctor("decoders", environment: ["PATH": desk.files.path])
    #expect(objects.count == 7)
    #expect(objects.allSatisfy { $0["ok"] as? Bool == false })
    #expect(
      objects.first?["hint"] as? String
        == "apt install poppler-utils libtiff-tools libvips-tools libheif-examples")
  }

  @Test func aHomeThatOthersEnterIsSaid() throws {
    #expect(try doctor("home").first?["reason"] as? String == "not made yet")
    try desk.home.makeFolder("")
    for (mode, isFine) in [(0o700, true), (0o755, false), (0o710, false)] {
      #expect(chmod(desk.home.path, mode_t(mode)) == 0)
      let homes = try doctor("home")
      #expect(homes.map { $0["ok"] as? Bool } == [isFine])
      #expect(homes.first?["path"] as? String == desk.home.path)
    }
    try desk.home.remove("")
    try desk.files.plant([], at: "home")
    #expect(try doctor("home").first?["reason"] as? String == "not a folder")
  }

  @Test func bothFoldersOfAHomeAreLookedAt() throws {
    let homes = try doctor("home", environment: ["CASEVAULT_HOME": nil])
    #expect(
      homes.map { $0["path"] as? String } == [
        desk.files.at(".local/share/casevault"), desk.files.at(".local/state/casevault"),
      ])
  }

  @Test(.enabled(if: Needs.isRoot, "another user is needed"), .requires("setpriv"))
  func anotherUsersHomeIsSaid() throws {
    try desk.home.makeFolder("")
    #expect(chmod(desk.home.path, 0o700) == 0 && chown(desk.home.path, 65_534, 65_534) == 0)
    #expect(
      try doctor("home").first?["reason"] as? String
        == "belongs to another user of this computer")
  }

  @Test(.enabled(if: Needs.isRoot, "another user is needed"), .requires("setpriv"))
  func anotherUsersTemporaryFilesAreNotMentioned() throws {
    try desk.files.plant([], at: "scratch/own.swp")
    try desk.files.plant([], at: "scratch/strange.swp")
    #expect(chown(desk.files.at("scratch/strange.swp"), 65_534, 65_534) == 0)
    let paths = try doctor("temporary files", environment: ["TMPDIR": desk.files.at("scratch")])
      .compactMap { $0["path"] as? String }
    #expect(paths.contains(desk.files.at("scratch/own.swp")))
    #expect(!paths.contains(desk.files.at("scratch/strange.swp")))
  }

  @Test func whatNeedsAttentionIsCountedForAPerson() throws {
    let ended = try desk.run(["doctor"], environment: ["PATH": desk.files.path])
    #expect(ended.status == 3)
    #expect(ended.lines.first == "This computer")
    #expect(ended.output.contains("  look  decoders       vips is not installed"))
    // The hint of what belongs together is given once.
    #expect(ended.lines.count { $0.contains("hint: apt install") } == 1)
    #expect(ended.lines.last?.hasSuffix(" attention.") == true)
  }

  @Test func swapIsSafeInMemoryOrOnDmCryptOnly() throws {
    let system = desk.files.at("sys")
    // A volume on a crypt device, one half on a crypt device, a plain disk.
    try desk.files.plant(Array("CRYPT-LUKS2-ab-swap".utf8), at: "sys/class/block/dm-0/dm/uuid")
    try desk.files.plant(Array("LVM-ab".utf8), at: "sys/class/block/dm-1/dm/uuid")
    try desk.files.plant(
      Array("CRYPT-PLAIN-x".utf8), at: "sys/class/block/dm-1/slaves/dm-0/dm/uuid")
    try desk.files.plant(
      Array("CRYPT-PLAIN-x".utf8), at: "sys/class/block/dm-2/slaves/dm-0/dm/uuid")
    try desk.files.plant([], at: "sys/class/block/dm-2/slaves/sdz/size")
    try desk.files.plant([], at: "sys/class/block/sdz9/size")
    let table = """
      Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority
      /dev/zram0                              partition\t8388604\t\t0\t\t100
      /dev/dm-0                               partition\t8388604\t\t0\t\t-2
      /dev/dm-1                               partition\t8388604\t\t0\t\t-3
      /dev/dm-2                               partition\t8388604\t\t0\t\t-4
      /dev/sdz9                               partition\t8388604\t\t0\t\t-5
      /swap\\040file\\040there                  file\t\t8388604\t\t0\t\t-6

      """
    let spaces = SwapSpace.all(in: table)
    #expect(
      spaces.filter { !$0.isSafe(system: system) }.map(\.path) == [
        "/dev/dm-2", "/dev/sdz9", "/swap file there",
      ])
    #expect(SwapSpace.all(in: "").isEmpty)
    #expect(SwapSpace.all(in: "Filename Type Size Used Priority\n\\\n\\04 x\n").count == 1)
  }

  @Test func aSwapFileIsAsSafeAsItsDevice() throws {
    let file = desk.files.at("swapfile")
    try desk.files.plant([], at: "swapfile")
    let space = try SwapSpace.all(in: "Filename Type\n\(file) file 1 0 -2\n").first.orThrow()
    #expect(!space.isSafe())
    let number = try desk.shell("stat -c %Hd:%Ld swapfile").output.split(separator: "\n")[0]
    try desk.files.plant(
      Array("CRYPT-LUKS2-x".utf8), at: "sys/dev/block/\(number)/dm/uuid")
    #expect(space.isSafe(system: desk.files.at("sys")))
  }

  @Test func mountsOfCasevaultAreKnown() {
    let table = """
      /dev/vda / ext4 rw 0 0
      casevault /home/m/My\\040Cases fuse.casevault rw,nosuid,nodev,noexec,user_id=1000 0 0
      /dev/fuse /home/m/B\\134C fuse.casevault ro 0 0
      casevault /home/m/D fuse rw 0 0
      casevault /home/m/tmpfs tmpfs rw 0 0
      sshfs /home/m/E fuse.sshfs rw 0 0
      torn
      """
    #expect(
      KnownMounts.mounted(in: table) == ["/home/m/My Cases", "/home/m/B\\C", "/home/m/D"])
  }

  @Test func theLimitIsReadFromTheKernelsTable() {
    let name = "Max locked memory         "
    #expect(Computer.lockedMemory(in: "Limit Soft\n\(name)8388608  8388608  bytes\n") == 8 << 20)
    #expect(Computer.lockedMemory(in: "\(name)unlimited unlimited bytes") == .max)
    #expect(Computer.lockedMemory(in: "\(name)") == nil)
    #expect(Computer.lockedMemory(in: "") == nil)
  }
}
