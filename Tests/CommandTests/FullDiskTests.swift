import TestSupport
import Testing

/// A full disk, in a mount of its own that only this test's program sees.
@Suite(.enabled(if: Needs.canMount, "only root can mount a small disk"))
struct FullDiskTests {
  /// Runs shell with the vault, or the home, on a disk with so much room left.
  private func shell(_ desk: Desk, on place: String, free: Int, _ line: String) throws -> Ended {
    try desk.files.plant(
      Array(
        """
        set -e
        mkdir full && mount -t tmpfs -o size=16m tmpfs full
        cp -a \(place)/. full/ && mount --bind full \(place)
        head -c $(( $(stat -f -c '%f*%S' full) - \(free) )) /dev/zero >full/ballast 2>/dev/null || :
        set +e
        \(line)
        """.utf8), at: "script")
    return try desk.shell("unshare -m sh script")
  }

  @Test(arguments: [0, 4_096, 8_192, 16_384, 20_480, 24_576, 32_768])
  func aFullShareRefusesAndLosesNothing(_ free: Int) throws {
    let desk = try Desk()
    let reference = try desk.openCase("--client", "Nadia")
    try desk.note("Before", in: reference)
    let ended = try shell(
      desk, on: "vault", free: free,
      """
      echo words | casevault note add \(reference) --quiet; echo $? >code
      casevault case show \(reference) --quiet 2>/dev/null | wc -l
      rm full/ballast; casevault check --deep >deep; echo $? >>code
      echo words | casevault note add \(reference) --quiet; echo $? >>code
      """)
    let codes = String(decoding: try desk.files.read("code"), as: UTF8.self).split(separator: "\n")
    #expect(codes.count == 3)
    #expect(codes[1...] == ["0", "0"], "\(ended.errors)")
    let kept = codes[0] == "0"
    #expect(ended.lines.contains(kept ? "3" : "2"), "\(ended.output)")
    guard !kept else { return }
    #expect(codes[0] == "1")
    #expect(ended.errorMessages.count == 1, "\(ended.errors)")
    #expect(ended.errors.contains("hint: free some space"), "\(ended.errors)")
  }

  @Test func aFullHomeRefusesAndLosesNothing() throws {
    let desk = try Desk()
    let reference = try desk.openCase("--client", "Nadia")
    let ended = try shell(
      desk, on: "home", free: 0,
      """
      echo words | casevault note add \(reference) --quiet; echo $? >code
      casevault key passphrase --kdf interactive --new-passphrase-fd 3 3<passphrase; echo $? >>code
      rm full/ballast; casevault check --deep >deep; echo $? >>code
      casevault case show \(reference) --quiet 2>/dev/null | wc -l
      """)
    let codes = String(decoding: try desk.files.read("code"), as: UTF8.self)
    #expect(codes == "1\n1\n0\n", "\(ended.errors)")
    #expect(ended.errorMessages.count == 2, "\(ended.errors)")
    #expect(ended.lines.last == "1")
  }

  @Test func aFullPlaceForTheOutputLeavesNoFile() throws {
    let desk = try Desk()
    let reference = try desk.openCase("--client", "Nadia")
    let record = try desk.note(String(repeating: "x", count: 1 << 20), in: reference)
    try desk.files.makeFolder("small")
    let ended = try shell(
      desk, on: "small", free: 65_536,
      """
      casevault get \(reference) \(record) -o small/out; echo $? >code
      casevault get \(reference) \(record) >small/redirected; echo $? >>code
      ls -A full
      """)
    #expect(String(decoding: try desk.files.read("code"), as: UTF8.self) == "1\n1\n")
    #expect(ended.lines == ["ballast", "redirected"], "\(ended.output)")
    #expect(ended.errorMessages.count == 2)
  }
}

extension Needs {
  static let canMount: Bool = {
    guard isRoot, finds("unshare"), let desk = try? Desk(founded: false) else { return false }
    return (try? desk.shell("mkdir m && unshare -m mount -t tmpfs tmpfs m"))?.status == 0
  }()
}
