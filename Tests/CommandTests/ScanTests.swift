import TestSupport
import Testing

/// `casevault scan add`.
@Suite(.requiresTestClock) struct ScanTests {
  /// The smallest PNG: one grey point.
  private static let png: [UInt8] = [
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0x0d, 0x49, 0x48, 0x44, 0x52, 0, 0,
    0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0, 0x3a, 0x7e, 0x9b, 0x55, 0, 0, 0, 0x0a, 0x49, 0x44, 0x41,
    0x54, 0x78, 0x9c, 0x63, 0x60, 0, 0, 0, 2, 0, 1, 0x48, 0xaf, 0xa4, 0x71, 0, 0, 0, 0, 0x49,
    0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82,
  ]

  @Test(.requiresCorpus) func everyScanOfTheCorpusIsFiled() throws {
    let desk = try Desk(at: Desk.noon)
    let reference = try desk.openCase("--client", "Nadia")
    let scans = Corpus.scans
    let ended = try desk.run(
      ["scan", "add", reference, "--json"] + scans.map { Corpus.path("scans/\($0)") })
    #expect(ended.status == 0, "\(ended.errors)")
    #expect(try ended.objects().count == scans.count)
    let records = try desk.records(of: reference).dropFirst()
    #expect(Set(records.compactMap { $0["title"] as? String }) == Set(scans))
    for record in records {
      #expect(record["kind"] as? String == "scan")
      #expect(record["media_type"] as? String != "application/octet-stream")
      let details = try #require(record["details"] as? [String: Any])
      #expect(details["pages"] as? Int ?? 0 >= 1, "\(record)")
    }
    let fax = records.first { $0["title"] as? String == "fax-g4-two-pages.tiff" }
    #expect((fax?["details"] as? [String: Any])?["pages"] as? Int == 2)
  }

  @Test(.requiresCorpus) func aScanThatIsNotWholeIsRefusedWithAReason() throws {
    let desk = try Desk(at: Desk.noon)
    let reference = try desk.openCase("--client", "Nadia")
    let before = desk.everythingButTheLog()
    let ended = try desk.casevault(
      "scan", "add", reference, Corpus.path("scans/invalid.pdf"))
    #expect(ended.status == 15)
    #expect(ended.output.isEmpty)
    #expect(ended.errorMessages.count == 1)
    #expect(
      ended.errorMessages.first?.hasPrefix("casevault: error: invalid.pdf: the PDF is damaged")
        == true)
    #expect(
      ended.hints
        == ["casevault: hint: scan the paper again, or keep the file with --as-is"])
    #expect(desk.everythingButTheLog() == before)
  }

  @Test func anotherKindOfFileIsRefused() throws {
    let desk = try Desk(at: Desk.noon)
    let reference = try desk.openCase("--client", "Nadia")
    let file = try desk.file("letter.odt", "PK\u{3}\u{4} no scan")
    #expect(
      try desk.transcript("scan", "add", reference, file) == """
        ! casevault: error: letter.odt: the file is not one of PDF, TIFF, JPEG, PNG, HEIC
        ! casevault: hint: scan the paper again, or keep the file with --as-is
        [15]
        """)
    #expect(
      try desk.transcript("scan", "add", reference, file, "--as-is") == """
        Filed rrrrrrrrrr in RRRR-RRRR: letter.odt
        ! casevault: warning: letter.odt: the file is not one of PDF, TIFF, JPEG, PNG, HEIC; kept \
        as it is
        [0]
        """)
    let record = try #require(try desk.records(of: reference).last)
    #expect((record["details"] as? [String: Any])?["as_is"] as? Bool == true)
    #expect(
      try desk.content(of: (record["id"] as? String).orThrow(), in: reference)
        == Array("PK\u{3}\u{4} no scan".utf8))
  }

  @Test(.requires("vips")) func oneBadScanDoesNotStopTheOthers() throws {
    let desk = try Desk(at: Desk.noon)
    let reference = try desk.openCase("--client", "Nadia")
    try desk.files.plant(Self.png, at: "one.png")
    try desk.files.plant(Array(Self.png.dropLast(30)), at: "cut.png")
    let ended = try desk.casevault(
      "scan", "add", reference, desk.files.at("cut.png"), desk.files.at("one.png"), "nowhere.png",
      "--json", "--worked", "2026-11-19")
    #expect(ended.status == 3)
    #expect(try ended.objects().count == 1)
    #expect(ended.errorMessages.count == 2)
    #expect(ended.errorMessages.first?.hasPrefix("casevault: error: cut.png: ") == true)
    let records = try desk.records(of: reference)
    let record = try #require(records.first { $0["kind"] as? String == "scan" })
    #expect(record["title"] as? String == "one.png")
    #expect(record["worked"] as? String == "2026-11-19")
    #expect(record["media_type"] as? String == "image/png")
  }

  @Test(.requires("vips")) func aScanComesThroughStandardInput() throws {
    let desk = try Desk(at: Desk.noon)
    let reference = try desk.openCase("--client", "Nadia")
    try desk.files.plant(Self.png, at: "one.png")
    let ended = try desk.shell("cat one.png | casevault scan add \(reference) - --json")
    #expect(ended.status == 0)
    #expect(try desk.content(of: ended.text("record"), in: reference) == Self.png)
  }
}
