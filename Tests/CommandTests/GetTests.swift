import TestSupport
import Testing

/// `casevault get`.
struct GetTests {
  private static let text = "The words of a note.\n"

  private func filed(_ desk: Desk) throws -> (reference: String, record: String) {
    let reference = try desk.openCase("--client", "Nadia")
    return (reference, try desk.note(Self.text, in: reference))
  }

  @Test func aRecordComesOutAsAFileOfItsOwner() throws {
    let desk = try Desk()
    let (reference, record) = try filed(desk)
    #expect(
      try desk.transcript("get", reference, record, "-o", desk.files.at("out.txt"))
        == "[0]")
    #expect(try desk.files.read("out.txt") == Array(Self.text.utf8))
    #expect(try desk.shell("stat -c %a out.txt").output == "600\n")
  }

  @Test func aFileThatIsThereIsLeftAlone() throws {
    let desk = try Desk()
    let (reference, record) = try filed(desk)
    try desk.file("out.txt", "mine")
    #expect(
      try desk.transcript("get", reference, record, "-o", desk.files.at("out.txt")) == """
        ! casevault: error: DESK/out.txt is there already
        ! casevault: hint: name another file
        [1]
        """)
    #expect(try desk.files.read("out.txt") == Array("mine".utf8))
    #expect(!desk.files.names().contains { $0.hasPrefix(".out.txt") })
  }

  @Test func aLinkThatIsThereIsNotFollowed() throws {
    let desk = try Desk()
    let (reference, record) = try filed(desk)
    try desk.files.plantLink("out.txt", to: desk.files.at("elsewhere.txt"))
    #expect(
      try desk.casevault("get", reference, record, "-o", desk.files.at("out.txt")).status == 1)
    #expect(!desk.files.exists("elsewhere.txt"))
  }

  @Test func aRecordGoesThroughAPipe() throws {
    let desk = try Desk()
    let (reference, record) = try filed(desk)
    for output in ["", "-o -", "-o - --progress plain"] {
      let ended = try desk.shell("casevault get \(reference) \(record) \(output) | cat")
      #expect(ended.output == Self.text, "\(output)")
    }
  }

  @Test func aReaderWhoLeavesEarlyIsNoFailure() throws {
    let desk = try Desk()
    let reference = try desk.openCase("--client", "Nadia")
    let record = try desk.note(String(repeating: "x", count: 3 << 20), in: reference)
    let ended = try desk.shell(
      "{ casevault get \(reference) \(record); echo $? >code; } | head -c 10; cat code")
    #expect(ended.output == "xxxxxxxxxx0\n")
  }

  @Test func anEmptyRecordIsAnEmptyFile() throws {
    let desk = try Desk()
    let reference = try desk.openCase("--client", "Nadia")
    try desk.files.plant([], at: "nothing.txt")
    let record = try desk.casevault(
      "note", "add", reference, desk.files.at("nothing.txt"), "--json"
    ).text("record")
    #expect(try desk.content(of: record, in: reference).isEmpty)
    #expect(
      try desk.casevault("get", reference, record, "-o", desk.files.at("empty")).status == 0)
    #expect(try desk.files.read("empty").isEmpty)
  }

  @Test(arguments: [4_095, 4_096, 4_097, 65_536, 65_537, 1_048_576, 1_048_577])
  func everySizeComesBack(_ size: Int) throws {
    let desk = try Desk()
    let reference = try desk.openCase("--client", "Nadia")
    let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
    try desk.files.plant(bytes, at: "in.bin")
    let record = try desk.casevault(
      "note", "add", reference, desk.files.at("in.bin"), "--json"
    ).text("record")
    #expect(try desk.content(of: record, in: reference) == bytes)
  }

  @Test func aRecordIsNamedByABeginning() throws {
    let desk = try Desk()
    let (reference, record) = try filed(desk)
    #expect(
      try desk.content(of: String(record.prefix(10)).uppercased(), in: reference)
        == Array(Self.text.utf8))
    let missing = try desk.casevault("get", reference, "0000")
    #expect(
      desk.transcript(missing) == """
        ! casevault: error: no record 0000 in this case
        ! casevault: hint: `casevault case show CASE` lists its records
        [16]
        """)
    let ambiguous = try desk.casevault("get", reference, "")
    #expect(ambiguous.status == 16)
  }

  @Test func aPlaceThatIsNotThereIsSaid() throws {
    let desk = try Desk()
    let (reference, record) = try filed(desk)
    let ended = try desk.casevault("get", reference, record, "-o", desk.files.at("no/where.txt"))
    #expect(ended.status == 1)
    #expect(ended.errorMessages.count == 1)
    #expect(!ended.errors.contains("The words"))
  }
}
