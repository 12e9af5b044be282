import CaseVault
import Foundation
import Sealing
import Storage
import TestSupport
import Testing
import VaultFormat

@Suite struct RoundTripTests {
  let office: Office
  init() throws { office = try Office() }

  private static let chunk = 65_536
  private static let lengths: [Int] = {
    let small = [0, 1, 4095, 4096, 4097, 5000, 65_535, 65_536, 65_537, 131_072, 1 << 20]
    let batches: [Int] = [15, 16, 17, 18, 32, 33]
    return small + batches.flatMap { [$0 * chunk - 1, $0 * chunk, $0 * chunk + 1] }
  }()

  @Test func contentOfEveryLengthComesBackAndFillsItsFile() throws {
    let caseID = try office.openCase()
    for length in Self.lengths {
      let content = pattern(length)
      let record = try office.note(content, in: caseID)
      #expect(try office.content(of: record) == content, "\(length)")
      #expect(record.manifest.length == length)
      #expect(try office.share.read(office.path(record)).count == size(of: length), "\(length)")
    }
    #expect(try office.deepFindings().isEmpty)
  }

  /// FORMAT §4.3 and §4.5, written down a second time.
  private func size(of length: Int) -> Int {
    var padded = 4096
    if length > 4096 {
      let exponent = Int(log2(Double(length)))
      let significant = Int(log2(Double(exponent))) + 1
      let step = 1 << (exponent - significant)
      padded = (length + step - 1) / step * step
    }
    let chunks = (padded + 65_535) / 65_536
    return 4096 + padded + 48 * chunks + 16 * ((32 * chunks + 65_535) / 65_536)
  }

  @Test(arguments: [
    (0, 8_256), (1, 8_256), (5_000, 9_280), (1 << 20, 1_053_456), (2 << 30, 2_149_060_864),
  ])
  func sizesAreThoseOfTheDocument(length: Int, file: Int) throws {
    #expect(size(of: length) == file)
    #expect(try RecordLayout(length: length).fileSize == file)
  }

  @Test(arguments: [7_919, 65_536, 1 << 20, 3 << 20])
  func contentStreamedInOddPiecesComesBack(piece: Int) throws {
    let caseID = try office.openCase()
    let length = piece == 7_919 ? 33 << 20 | 12_345 : 17 * Self.chunk + 1
    let record = try office.file(Self.stream(of: length, piece), in: caseID)
    #expect(record.manifest.length == length)
    #expect(try office.share.read(office.path(record)).count == size(of: length))
    let vault = try office.open()
    let file = try vault.caseFile(caseID)
    var position = 0
    var isRight = true
    try vault.reader(of: record, in: file).forEachRun { run in
      // Every 509th byte: a prime, so that no chunk border is always missed.
      for index in stride(from: 0, to: run.count, by: 509) {
        isRight = isRight && run[index] == Self.byte(position + index)
      }
      isRight = isRight && run.last == Self.byte(position + run.count - 1)
      position += run.count
    }
    #expect(isRight)
    #expect(position == length)
  }

  private static func byte(_ position: Int) -> UInt8 { UInt8(truncatingIfNeeded: position >> 9) }

  private static func stream(of length: Int, _ piece: Int) -> Content {
    var position = 0
    return .stream { buffer in
      var count = min(buffer.count, piece, length - position)
      // Runs of one value, filled at once: this is a debug build.
      count = min(count, 512 - position & 511)
      buffer[..<count].initializeMemory(as: UInt8.self, repeating: byte(position))
      position += count
      return count
    }
  }

  @Test func streamThatFailsLeavesNothing() throws {
    let caseID = try office.openCase()
    let before = office.share.everything()
    #expect(throws: Missing.self) {
      try office.file(.stream { _ in throw Missing() }, in: caseID)
    }
    #expect(office.share.everything() == before)
  }

  @Test func filingThatIsDroppedLeavesNothing() throws {
    let caseID = try office.openCase()
    let before = office.share.everything()
    let vault = try office.open()
    do {
      let filing = Filing(in: vault)
      _ = try filing.open(Office.details(), worked: vault.today())
      _ = try filing.add(
        NewRecord(
          kind: RecordKind.note, title: "", mediaType: "text/plain", worked: vault.today(),
          content: .bytes([1])), to: caseID)
    }
    #expect(office.share.everything() == before)
  }

  @Test func manifestComesBackAsItWasGiven() throws {
    let caseID = try office.openCase()
    let title = "Brief „Söğüt“ \u{1F4C4} \u{202E}.pdf"
    let record = try office.file(
      .bytes([1, 2, 3]), in: caseID, title: title, kind: RecordKind.scan,
      details: ["pages": 3, "as_is": true], worked: CivilDate("2026-11-20"))
    let read = try CaseView(office.open().caseFile(caseID)).record(named: record.id.text)
    #expect(read.manifest == record.manifest)
    #expect(read.manifest.title == title)
    #expect(read.manifest.details == ["pages": 3, "as_is": true])
    #expect(read.manifest.worked == CivilDate("2026-11-20"))
    #expect(read.manifest.recorded == office.clock.now)
    #expect(read.author.name == "Mara Manager")
  }

  @Test func workDatedAfterTodayIsRefusedWhereTheServiceIs() throws {
    // One second before and after midnight in London, which is an hour ahead of UTC.
    let caseID = try office.openCase()
    office.clock.set("2027-07-31T22:59:59Z")
    expect(.usage) {
      try office.file(.bytes([]), in: caseID, worked: CivilDate("2027-08-01"))
    }
    office.clock.set("2027-07-31T23:00:00Z")
    try office.file(.bytes([]), in: caseID, worked: CivilDate("2027-08-01"))
  }

  @Test(arguments: ["", String(repeating: "é", count: 127)])
  func titlesUpToTheirBoundAreFiled(title: String) throws {
    try office.file(.bytes([]), in: try office.openCase(), title: title)
  }

  @Test(arguments: [String(repeating: "é", count: 128), "a\nb", "a\u{7f}", "\u{85}"])
  func titlesOutOfBoundsAreRefused(title: String) throws {
    let caseID = try office.openCase()
    expect(.usage) { try office.file(.bytes([]), in: caseID, title: title) }
  }

  @Test func nothingOfTheClientIsFoundInTheVault() throws {
    let secrets = ["Nadia Novák", "s7654321", "Evicted at Elm Street", "nadia@uni.ac.uk", "7K3Q"]
    let reference = Reference(random: [7, 3, 26, 17, 9, 2, 21]).text
    let caseID = try office.openCase(
      Office.details(
        secrets[0],
        [
          "ref": .string(reference), "topic": .string(secrets[2]),
          "client": [
            "name": .string(secrets[0]), "student_id": .string(secrets[1]),
            "emails": .array([.string(secrets[3])]),
          ],
        ]))
    try office.file(.bytes(text(secrets[2])), in: caseID, title: secrets[0])
    try office.file(.bytes(pattern(70_000) + text(secrets[2])), in: caseID, title: secrets[2])
    let needles = (secrets + [reference]).flatMap { secret in
      [
        Data(secret.utf8), secret.data(using: .utf16LittleEndian),
        secret.data(using: .utf16BigEndian),
        Data(Base32.encode(Array(secret.utf8)).dropLast(2).utf8),
      ].compactMap { $0 } + Self.base64Forms(of: secret)
    }.filter { $0.count >= 6 }
    for name in office.share.files() {
      let bytes = Data(try office.share.read(name)) + Data(name.utf8)
      for needle in needles { #expect(bytes.range(of: needle) == nil, "\(name)") }
    }
    // The same search does find what lies in the open.
    let roster = Data(try office.share.read("roster/\(office.vaultID.text)"))
    #expect(roster.range(of: Data("Mara Manager".utf8)) != nil)
  }

  /// The part of a text's base64 that is the same wherever it begins.
  private static func base64Forms(of text: String) -> [Data] {
    (0..<3).map { shift in
      let encoded = Data([UInt8](repeating: 0, count: shift) + Array(text.utf8))
        .base64EncodedString()
      return Data(encoded.dropFirst(shift == 0 ? 0 : 4).dropLast(4).utf8)
    }
  }

  @Test func sameContentIsSealedUnderOtherKeysEachTime() throws {
    let caseID = try office.openCase()
    let first = try office.share.read(office.path(office.note(pattern(4096), in: caseID)))
    let second = try office.share.read(office.path(office.note(pattern(4096), in: caseID)))
    #expect(first.count == second.count)
    #expect(first[4096...] != second[4096...])
    #expect(first[144..<176] != second[144..<176])
  }

  @Test func namesAreThoseOfTheDocument() throws {
    let caseID = try office.openCase()
    try office.note([1], in: caseID)
    for name in office.share.everything() {
      for part in name.split(separator: "/") where part != "README.txt" {
        #expect(
          part.utf8.count <= 64
            && part.utf8.allSatisfy {
              (97...122).contains($0) || (48...57).contains($0) || $0 == 45 || $0 == 46
            }, "\(name)")
      }
    }
  }
}
