import Testing
import VaultFormat

/// FORMAT §12.2.
@Suite struct SeenRecordsFileTests {
  private static func id(_ byte: UInt8) -> Identifier {
    Identifier([UInt8](repeating: byte, count: 32)) ?? .zero
  }

  private static func entry(_ byte: UInt8, content: [UInt8]? = nil) -> SeenRecordsFile.Entry {
    SeenRecordsFile.Entry(
      record: id(byte), signature: Array(repeating: byte, count: 64), json: [1, 2, byte],
      content: content)
  }

  private static func file(_ count: Int) -> SeenRecordsFile {
    SeenRecordsFile(count: count, vault: id(1), caseID: id(2), generation: id(3))
  }

  @Test func entriesComeBack() throws {
    let entries = [Self.entry(1), Self.entry(2, content: []), Self.entry(3, content: [7])]
    let plaintext = SeenRecordsFile.plaintext(entries)
    #expect(plaintext.count == 3 * 107 + 1)
    #expect(try Self.file(3).entries(plaintext) == entries)
  }

  @Test func anotherCountOrOrderIsRefused() {
    let plaintext = SeenRecordsFile.plaintext([Self.entry(1), Self.entry(2)])
    #expect(throws: FormatError.trailingBytes) { try Self.file(1).entries(plaintext) }
    #expect(throws: FormatError.truncated) { try Self.file(3).entries(plaintext) }
    for wrong in [[Self.entry(2), Self.entry(1)], [Self.entry(1), Self.entry(1)]] {
      #expect(throws: FormatError.invalid("order")) {
        try Self.file(2).entries(SeenRecordsFile.plaintext(wrong))
      }
    }
  }

  @Test func lengthsAreBounded() {
    for (offset, length) in [(96, 3_805), (100, 262_145)] {
      var plaintext = SeenRecordsFile.plaintext([Self.entry(1, content: [1])])
      plaintext += [UInt8](repeating: 0, count: 300_000)
      for byte in 0..<4 { plaintext[offset + byte] = UInt8(length >> (8 * byte) & 0xff) }
      #expect(throws: FormatError.invalid("record")) { try Self.file(1).entries(plaintext) }
    }
  }

  @Test func fileHasItsOwnTypeAndBounds() throws {
    var file = Self.file(2)
    file.nonce = Array(repeating: 9, count: 24)
    file.sealed = Array(repeating: 8, count: 16)
    let bytes = file.bytes
    #expect(bytes.count == 152)
    #expect(try SeenRecordsFile(bytes) == file)
    #expect(throws: FormatError.truncated) { try SeenRecordsFile(Array(bytes.dropLast())) }
    var other = bytes
    other[10] = 1
    #expect(throws: FormatError.wrongType) { try SeenRecordsFile(other) }
    var many = bytes
    many.replaceSubrange(12..<16, with: [0xff, 0xff, 0xff, 0xff])
    #expect(throws: FormatError.invalid("records")) { try SeenRecordsFile(many) }
  }
}
