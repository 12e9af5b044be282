import TestSupport
import Testing

/// What whoever owns the disk can put into the vault costs bounded time and
/// memory, and `check` names it.
@Suite(.requires("timeout")) struct HostileVaultTests {
  /// Ends a command that hangs with 124.
  private let bounded = ["timeout", "-k", "1", "60"]

  private func filed(_ desk: Desk) throws -> (reference: String, path: String) {
    let reference = try desk.openCase("--client", "Nadia")
    return (reference, try desk.path(ofRecord: desk.note("Confidential", in: reference)))
  }

  /// Runs what reads the vault; nothing of it hangs, crashes or shows the note.
  private func read(_ desk: Desk, _ reference: String, _ path: String) throws -> [Int32] {
    let record = String(path.split(separator: "/")[3].prefix(52))
    return try [
      ["case", "list"], ["case", "show", reference], ["get", reference, record],
      ["check", "--deep"],
    ].map { command in
      let ended = try desk.run(command, through: bounded)
      #expect(ended.status < 100, "\(command): \(ended.status) \(ended.errors)")
      #expect(!ended.output.contains("Confidential\n"), "\(command)")
      return ended.status
    }
  }

  private enum Trap: CaseIterable {
    case link, linkOutside, pipe, giant, empty, folder
  }

  @Test(arguments: Trap.allCases) private func aTrapInThePlaceOfARecordIsDamage(
    _ trap: Trap
  ) throws {
    let desk = try Desk()
    let (reference, path) = try filed(desk)
    try set(trap, at: path, in: desk)
    let codes = try read(desk, reference, path)
    #expect(codes[0] == 0)
    #expect(codes[2] != 0)
    let check = try desk.casevault("check", through: bounded)
    #expect(check.output.contains(String(path.suffix(20))) || check.status == 14, "\(check.output)")
  }

  @Test(arguments: Trap.allCases) private func aTrapInThePlaceOfTheDescriptorIsNoVault(
    _ trap: Trap
  ) throws {
    let desk = try Desk()
    let (reference, path) = try filed(desk)
    try set(trap, at: "casevault.json", in: desk)
    for code in try read(desk, reference, path) { #expect([1, 10, 14].contains(code), "\(code)") }
  }

  @Test(arguments: [
    "roster/NAME", "index/DEVICE/NAME", "keyring/EPOCH/NAME", "devices/DEVICE/1", "cases/XX",
    "cases/XX/NAME", "tmp/NAME", "requests/NAME", "shred/NAME", "log/NAME", "index/NAME",
  ])
  func trapsAnywhereElseHarmNobody(_ place: String) throws {
    let name = String(repeating: "a", count: 52)
    for trap in Trap.allCases where trap != .linkOutside {
      let desk = try Desk()
      let (reference, record) = try filed(desk)
      let shelf = record.hasPrefix("cases/aa/") ? "bb" : "aa"
      let device = try desk.vault.names("devices").first.orThrow()
      let epoch = try desk.vault.names("keyring").first.orThrow()
      let path = place.replacing("NAME", with: name).replacing("DEVICE", with: device)
        .replacing("EPOCH", with: epoch).replacing("XX", with: shelf)
      try set(trap, at: path, in: desk)
      for command in [["case", "list"], ["case", "show", reference], ["check"]] {
        let ended = try desk.run(command, through: bounded)
        #expect([0, 14].contains(ended.status), "\(trap) at \(place): \(command): \(ended.errors)")
        #expect(!ended.output.isEmpty, "\(trap) at \(place): \(command)")
      }
      let added = try desk.run(["note", "add", reference, "--json"], input: "Another")
      #expect([0, 14].contains(added.status), "\(trap) at \(place): \(added.errors)")
      #expect(try desk.content(of: added.text("record"), in: reference) == Array("Another".utf8))
    }
  }

  private func set(_ trap: Trap, at path: String, in desk: Desk) throws {
    if desk.vault.exists(path) { try desk.vault.move(path, to: "../moved") }
    try desk.vault.plant([], at: path)
    try desk.vault.remove(path)
    switch trap {
    case .link: try desk.vault.plantLink(path, to: desk.files.at("moved"))
    case .linkOutside: try desk.vault.plantLink(path, to: "/dev/zero")
    case .pipe: try desk.vault.plantPipe(path)
    case .giant: try desk.vault.plantSparse(path, size: 1 << 40)
    case .empty: try desk.vault.plant([], at: path)
    case .folder: try desk.vault.makeFolder(path)
    }
  }

  @Test(arguments: ["roster", "index/DEVICE", "keyring/EPOCH", "CASE", "cases", "tmp", ""])
  func twentyThousandFilesAreBorne(_ place: String) throws {
    let desk = try Desk()
    let (reference, path) = try filed(desk)
    let folder = place.replacing("DEVICE", with: try desk.vault.names("devices").first.orThrow())
      .replacing("EPOCH", with: try desk.vault.names("keyring").first.orThrow())
      .replacing("CASE", with: path.split(separator: "/").prefix(3).joined(separator: "/"))
    let planted = try desk.shell(
      """
      cd 'vault/\(folder)' && i=0 && while [ $i -lt 20000 ]; do \
      : >"$i.sync-conflict"; i=$((i+1)); done
      """)
    #expect(planted.status == 0)
    let measured = bounded + ["/usr/bin/time", "-f", "%M", "-o", "peak"]
    for command in [["case", "show", reference], ["check"]] {
      let ended = try desk.run(command, through: Needs.hasTime ? measured : bounded)
      #expect(ended.status == 0, "\(place): \(command): \(ended.errors.prefix(300))")
      guard Needs.hasTime else { continue }
      let peak = String(decoding: try desk.files.read("peak"), as: UTF8.self)
      #expect(Int(peak.dropLast()).map { $0 < 150_000 } == true, "\(place): \(peak)")
    }
    let check = try desk.run(["check"], through: bounded)
    // A hundred of a kind tell as much as twenty thousand.
    #expect(check.lines.count < 110)
    if place != "tmp" { #expect(check.output.contains("stranger")) }
  }

  @Test func namesThatAreNoTextAreShownEscaped() throws {
    let desk = try Desk()
    _ = try filed(desk)
    try desk.vault.plant(named: Array("\u{1b}[2J\u{202e}x".utf8), in: "roster")
    try desk.vault.plant(named: [0xff, 0xfe, 0x0a, 0x41], in: "")
    try desk.vault.plant(named: Array(repeating: 0x78, count: 255), in: "cases")
    let check = try desk.casevault("check")
    #expect(check.status == 0)
    #expect(check.lines.count { $0.hasPrefix("stranger  ") } == 3, "\(check.output)")
    #expect(!check.bytes.contains(0x1b))
    #expect(!check.output.contains("\u{202e}"))
  }
}
