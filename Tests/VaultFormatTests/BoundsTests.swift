import Testing
import VaultFormat

/// Hostile sizes: every file that lies about itself, or ends anywhere.
struct BoundsTests {
  @Test(arguments: try Sample.all())
  func aSampleIsReadAndWrittenAsItWas(sample: Sample) throws {
    let again = try sample.rewritten(sample.bytes)
    // The bodies of statements are compared by BodyVectorTests.
    #expect(again == sample.bytes || sample.name == "epoch document")
  }

  @Test(arguments: try Sample.all())
  func aFileThatEndsAnywhereIsRefused(sample: Sample) {
    var read: [Int] = []
    for count in 0..<sample.bytes.count {
      if (try? sample.rewritten(Array(sample.bytes[..<count]))) != nil { read.append(count) }
    }
    #expect(read.isEmpty)
  }

  @Test(arguments: try Sample.all(), [UInt8]([0, 0x0a, 0x20, 0xff]))
  func aByteBehindTheEndIsRefused(sample: Sample, byte: UInt8) {
    #expect(throws: FormatError.self) { try sample.rewritten(sample.bytes + [byte]) }
  }

  /// A bit that the reader lets through without keeping it would be a bit that nobody signed.
  @Test(arguments: try Sample.all().filter(\.isExact))
  func everyBitThatIsReadIsKept(sample: Sample) {
    var lost: [Int] = []
    // Of a long file every third will do, which meets every byte and every bit of one.
    let step = sample.bytes.count < 500 ? 1 : sample.bytes.count < 2_000 ? 3 : 7
    for bit in stride(from: 0, to: sample.bytes.count * 8, by: step) {
      var flipped = sample.bytes
      flipped[bit / 8] ^= 1 << UInt8(bit % 8)
      if let again = try? sample.rewritten(flipped), again != flipped { lost.append(bit) }
    }
    #expect(lost.isEmpty)
  }

  @Test(arguments: try Sample.all().filter { $0.bytes.starts(with: Preamble.magic) })
  func onlyItsOwnTypeIsRead(sample: Sample) {
    let own = sample.bytes[10]
    for type in UInt8.min...UInt8.max where type != own {
      var other = sample.bytes
      other[10] = type
      // Statement and sealed statement are one envelope.
      if [own, type].sorted() == [2, 3] { continue }
      let expected: FormatError = (1...10).contains(type) ? .wrongType : .laterProgram
      #expect(throws: expected) { try sample.rewritten(other) }
    }
  }

  /// Counts that a file of 200 bytes cannot hold: where each lies, and the most it may be.
  @Test(arguments: [
    (Preamble.FileType.keySegment, 12, UInt32(1 << 20), "wraps"),
    (.keySegment, 144, 4_096, "replaced"),
    (.indexSegment, 12, 1 << 20, "rows"),
    (.indexSegment, 112, 4_096, "replaced"),
  ])
  func aCountBeyondItsBoundIsRefusedUnseen(
    type: Preamble.FileType, offset: Int, most: UInt32, field: String
  ) {
    // The first of the rows is all zero, which no row is.
    let atMost: FormatError = field == "rows" ? .invalid("row") : .truncated
    for (count, expected): (UInt32, FormatError) in [
      (most, atMost), (most + 1, .invalid(field)), (.max, .invalid(field)),
      (.max / 2 + 1, .invalid(field)),
    ] {
      let file = Self.zeroFile(type, with: count, at: offset)
      #expect(throws: expected) {
        if type == .keySegment { _ = try KeySegment(file) } else { _ = try IndexSegment(file) }
      }
    }
  }

  @Test(arguments: [UInt32(1), 200, 1 << 20, .max / 2, .max])
  func aBodyBeyondItsFileIsRefused(count: UInt32) {
    let file = Self.zeroFile(.statement, with: count, at: 112)
    #expect(throws: count == 1 ? FormatError.trailingBytes : .truncated) { try Statement(file) }
  }

  private static func zeroFile(
    _ type: Preamble.FileType, with count: UInt32, at offset: Int
  ) -> [UInt8] {
    // A key segment has at least one wrap.
    let number: UInt32 = type == .keySegment ? 1 : 0
    var file = Preamble(type, number: number).bytes + [UInt8](repeating: 0, count: 184)
    for byte in 0..<4 { file[offset + byte] = UInt8(truncatingIfNeeded: count >> (8 * byte)) }
    return file
  }

  @Test func aStatementOfMoreThanAMebibyteIsRefused() throws {
    let head = Preamble(.statement).bytes + [UInt8](repeating: 0, count: 96)
    func file(_ size: Int) -> [UInt8] {
      let body = size - 116 - 64
      var bytes = head
      bytes.append(integer: UInt32(body))
      bytes.append(zeros: body + 64)
      return bytes
    }
    #expect(try Statement(file(1 << 20)).body.count == (1 << 20) - 180)
    #expect(throws: FormatError.invalid("statement")) { try Statement(file(1 << 20 + 1)) }
  }

  @Test func anIdentityOfMoreThanFourKibibytesIsRefused() {
    #expect(throws: FormatError.invalid("identity")) {
      try IdentityFile(Preamble(.identity).bytes + [UInt8](repeating: 0, count: 4_081))
    }
  }

  @Test func aReaderNeverGoesBeyondItsBytes() throws {
    var reader = ByteReader([1, 2, 3])
    for count in [4, Int.max, -1, Int.min] {
      #expect(throws: FormatError.truncated) { try reader.take(count) }
      #expect(throws: FormatError.truncated) { try reader.zeros(count) }
    }
    #expect(throws: FormatError.truncated) { try reader.integer(UInt32.self) }
    #expect(throws: FormatError.truncated) { try reader.identifier() }
    #expect(throws: FormatError.trailingBytes) { try reader.end() }
    #expect(reader.offset == 0)
    #expect(try reader.integer(UInt16.self) == 0x0201)
    #expect(throws: FormatError.notZero) { try reader.zeros(1) }
    #expect(try reader.take(1) == [3])
    try reader.end()
    #expect(try reader.take(0).isEmpty)
  }

  @Test func integersAreLittleEndianAndTwosComplement() throws {
    var bytes: [UInt8] = []
    bytes.append(integer: UInt32(0x0102_0304))
    bytes.append(integer: Int32.min)
    bytes.append(integer: Int32(-1))
    bytes.append(integer: UInt64.max - 1)
    #expect(bytes.prefix(8) == [4, 3, 2, 1, 0, 0, 0, 0x80])
    var reader = ByteReader(bytes)
    #expect(try reader.integer(UInt32.self) == 0x0102_0304)
    #expect(try reader.integer(Int32.self) == .min)
    #expect(try reader.integer(Int32.self) == -1)
    #expect(try reader.integer(UInt64.self) == .max - 1)
    try reader.end()
  }
}
