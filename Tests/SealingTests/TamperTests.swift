import Sealing
import Testing

/// Every bit of a signed file is under its signature, and every bit of a sealed one under its tag.
struct TamperTests {
  private static let statement: StaticString = "casevault 1 statement\n"

  @Test(arguments: [
    ("statement", "good", 0), ("roster", "found", 0), ("roster", "admit", 0), ("epoch", "good", 0),
    ("key-segment", "good", 1), ("index-segment", "good", 2),
  ])
  func everyBitOfASignedFileIsSigned(folder: String, name: String, text: Int) throws {
    let texts: [StaticString] = [
      Self.statement, "casevault 1 keys\n", "casevault 1 rows\n",
    ]
    let vector = try Vector.named("\(folder)/\(name)")
    let file = try vector.bytes("file")
    let signer = try #require(Bytes32(try vector.bytes("signer")))
    var verified: [Int] = []
    for bit in 0..<file.count * 8 {
      var flipped = file
      flipped[bit / 8] ^= 1 << UInt8(bit % 8)
      let signed = Array(flipped.dropLast(64))
      if (try? verify(flipped.suffix(64), by: signer, texts[text], signed)) != nil {
        verified.append(bit)
      }
    }
    #expect(verified.isEmpty)
  }

  /// The header is the associated data of the manifest and the input of its key.
  @Test func everyBitInFrontOfARecordCounts() throws {
    let vector = try Vector.named("record/1-bytes")
    let file = try vector.bytes("file")
    let caseKey = try key(vector.bytes("case_key"))
    let place = try OpenedRecord.Place(vector)
    var opened: [Int] = []
    // Bits of the preamble are VaultFormat's to refuse; here the keys must miss them too.
    for bit in 0..<208 * 8 {
      var flipped = file
      flipped[bit / 8] ^= 1 << UInt8(bit % 8)
      if (try? OpenedRecord(flipped, caseKey: caseKey, at: place)) != nil { opened.append(bit) }
    }
    #expect(opened.isEmpty)
  }

  @Test func everyByteOfARecordCounts() throws {
    let vector = try Vector.named("record/1-bytes")
    let file = try vector.bytes("file")
    let caseKey = try key(vector.bytes("case_key"))
    let place = try OpenedRecord.Place(vector)
    var opened: [Int] = []
    for offset in stride(from: 208, to: file.count, by: 7) {
      var flipped = file
      flipped[offset] ^= 0x10
      if (try? OpenedRecord(flipped, caseKey: caseKey, at: place)) != nil { opened.append(offset) }
    }
    #expect(opened.isEmpty)
  }

  @Test func everyBitOfAGrantCounts() throws {
    let vector = try Vector.named("grant/master-key")
    let file = try vector.bytes("file")
    let recipient = UnlockKey(secret: try key(vector.bytes("recipient")))
    var opened: [Int] = []
    for bit in 0..<file.count * 8 {
      var flipped = file
      flipped[bit / 8] ^= 1 << UInt8(bit % 8)
      let data = Array("casevault 1 grant\n".utf8) + flipped.slice(0, 176)
      if (try? Box.open(Array(flipped[176...]), with: recipient, data: data)) != nil {
        opened.append(bit)
      }
    }
    #expect(opened.isEmpty)
  }
}
