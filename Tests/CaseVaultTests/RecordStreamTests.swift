import CaseVault
import Foundation
import Sealing
import Storage
import SystemPackage
import TestSupport
import Testing
import VaultFormat

/// Records that are sealed while their content comes (FORMAT §4).
@Suite struct RecordStreamTests {
  let office: Office
  let vault: OpenVault
  let caseID: Identifier
  init() throws {
    office = try Office()
    vault = try office.open()
    caseID = try office.openCase(in: vault)
  }

  private static let chunk = 65_536
  private static let lengths = [
    0, 1, 4_095, 4_096, 4_097, 65_535, 65_536, 65_537, 8 * chunk, 8 * chunk + 1, 17 * chunk,
    3_000_001,
  ]

  /// Bytes that do not repeat with the size of a chunk, made once: this is a debug build.
  private static let longest = pattern(3_000_001)
  private static func content(_ count: Int) -> [UInt8] { Array(longest[..<count]) }

  private func proposal() throws -> RecordProposal {
    RecordProposal(
      kind: RecordKind.note, title: "Draft", mediaType: "text/plain", worked: try vault.today())
  }

  /// Lends content as chunks, zero behind it.
  private func chunked<Result>(
    _ content: [UInt8], _ body: ([UnsafeRawBufferPointer]) throws -> Result
  ) throws -> Result {
    let count = (content.count + Self.chunk - 1) / Self.chunk
    let whole = content + [UInt8](repeating: 0, count: count * Self.chunk - content.count)
    return try whole.withUnsafeBytes { bytes in
      try body(
        (0..<count).map {
          UnsafeRawBufferPointer(rebasing: bytes[$0 * Self.chunk..<($0 + 1) * Self.chunk])
        })
    }
  }

  /// Seals content as it comes, so many chunks at a time, the last ones held back; files it.
  private func file(_ content: [UInt8], batch: Int = 8) throws -> Record {
    let filing = Filing(in: vault)
    let stream = try filing.stream(proposal(), to: caseID)
    let record = try chunked(content) { chunks in
      var rest = chunks[...]
      while rest.count > batch {
        try stream.seal(Array(rest.prefix(batch)))
        rest = rest.dropFirst(batch)
        #expect(stream.count == chunks.count - rest.count)
      }
      return try filing.end(stream, Array(rest), length: content.count)
    }
    try filing.commit()
    return record
  }

  private func chunks(of record: Record) throws -> RecordChunks {
    let (read, key) = try RecordReader.contentKey(
      of: record.name, vault.keyring.keys(of: caseID)[0], in: vault.vault)
    return try RecordChunks(read, with: key, in: vault.folder)
  }

  /// Opens a chunk into memory that is not zero.
  private static func open(
    _ index: Int, _ chunks: RecordChunks
  ) throws -> (filled: Int, bytes: [UInt8]) {
    var bytes = [UInt8](repeating: 0xee, count: Self.chunk)
    let filled = try bytes.withUnsafeMutableBytes { try chunks.open(index, into: $0) }
    return (filled, bytes)
  }

  private func open(_ index: Int, _ chunks: RecordChunks) throws -> (filled: Int, bytes: [UInt8]) {
    try Self.open(index, chunks)
  }

  /// Expects that a chunk is refused and nothing of it is left in the buffer.
  private func expectRefused(
    _ index: Int, _ chunks: RecordChunks, _ comment: Comment? = nil,
    _ location: SourceLocation = #_sourceLocation
  ) {
    var bytes = [UInt8](repeating: 0xee, count: Self.chunk)
    expect(.damaged, comment, location) {
      _ = try bytes.withUnsafeMutableBytes { try chunks.open(index, into: $0) }
    }
    let isZero = isSame(bytes[...], Self.zeros[...])
    #expect(isZero, comment, sourceLocation: location)
  }

  private static let zeros = [UInt8](repeating: 0, count: chunk)

  /// FORMAT §4.3 to §4.5, in integers and written down once more.
  private func size(of length: Int) -> Int {
    var padded = 4_096
    if length > 4_096 {
      var (exponent, significant) = (0, 0)
      while 2 << exponent <= length { exponent += 1 }
      while 2 << significant <= exponent { significant += 1 }
      let step = 1 << (exponent - significant - 1)
      padded = (length + step - 1) / step * step
    }
    let count = (padded + 65_535) / 65_536
    return 4_096 + padded + 48 * count + 16 * ((32 * count + 65_535) / 65_536)
  }

  @Test(arguments: lengths, [1, 8, 100])
  func contentComesBackWholeAndChunkByChunk(length: Int, batch: Int) throws {
    let content = Self.content(length)
    let record = try file(content, batch: batch)
    #expect(record.manifest.length == length)
    #expect(try office.share.read(office.path(record)).count == size(of: length))
    // As any other record, with every check there is.
    #expect(try office.content(of: record) == content)
    var lent = 0
    try lend(record, office, &lent)
    #expect(lent == length)
    let chunks = try chunks(of: record)
    #expect(chunks.length == length && chunks.count == (length + Self.chunk - 1) / Self.chunk)
    for index in (Array(0..<chunks.count) + Array(0..<chunks.count)).shuffled() {
      let (filled, bytes) = try open(index, chunks)
      let start = index * Self.chunk
      #expect(filled == min(Self.chunk, length - start))
      #expect(isSame(bytes[..<filled], content[start..<start + filled]))
      #expect(isSame(bytes[filled...], Self.zeros[filled...]))
    }
    #expect(try office.deepFindings().isEmpty)
  }

  @Test func itIsTheSameRecordAsOneThatIsFiledWhole() throws {
    let content = Self.content(200_000)
    let key = try office.caseKey(of: caseID)
    let streamed = try RecordParts(office.share.read(office.path(file(content))), key)
    let whole = try RecordParts(
      office.share.read(office.path(office.note(content, in: caseID))), key)
    #expect(streamed.content == whole.content && streamed.slots == whole.slots)
    #expect(streamed.header.salt != whole.header.salt)
  }

  @Test func severalThreadsOpenChunksAtOnce() throws {
    let content = Self.content(17 * Self.chunk)
    let chunks = try chunks(of: file(content))
    DispatchQueue.concurrentPerform(iterations: 34) { turn in
      let index = turn % 17
      let start = index * Self.chunk
      let opened = try? Self.open(index, chunks)
      guard let opened, isSame(opened.bytes[...], content[start..<start + Self.chunk]) else {
        Issue.record("chunk \(index)")
        return
      }
    }
  }

  @Test func whatIsSealedIsOpenedAgainBeforeTheEnd() throws {
    let content = Self.content(20 * Self.chunk)
    let filing = Filing(in: vault)
    let stream = try filing.stream(proposal(), to: caseID)
    func expectOpen(_ indices: Range<Int>) throws {
      var bytes = [UInt8](repeating: 0xee, count: Self.chunk)
      for index in indices.shuffled() {
        try bytes.withUnsafeMutableBytes { try stream.open(index, into: $0) }
        let start = index * Self.chunk
        #expect(isSame(bytes[...], content[start..<start + Self.chunk]))
      }
      // And nothing that is not there yet.
      expect(.failed) {
        try bytes.withUnsafeMutableBytes { try stream.open(indices.upperBound, into: $0) }
      }
    }
    let record = try chunked(content) { chunks in
      // The first two wait in memory, the others lie in the draft.
      try stream.seal(Array(chunks[..<2]))
      try expectOpen(0..<2)
      try stream.seal(Array(chunks[2..<10]))
      try expectOpen(0..<10)
      try stream.seal(Array(chunks[10..<19]))
      try expectOpen(0..<19)
      expect(.failed) { _ = try filing.end(stream, [], length: content.count) }
      // A save that fails keeps what was sealed.
      try expectOpen(0..<19)
      return try filing.end(stream, [chunks[19]], length: content.count)
    }
    try filing.commit()
    #expect(try office.content(of: record) == content)
  }

  @Test func draftThatWasAlteredIsNotReadBack() throws {
    let filing = Filing(in: vault)
    let stream = try filing.stream(proposal(), to: caseID)
    try chunked(Self.content(8 * Self.chunk)) { try stream.seal($0) }
    let draft = try #require(office.share.files("tmp").first)
    try flip("tmp/\(draft)", at: 4_096 + 3 * 65_552 + 77)
    var bytes = Self.zeros
    expect(.failed) { try bytes.withUnsafeMutableBytes { try stream.open(3, into: $0) } }
    try bytes.withUnsafeMutableBytes { try stream.open(2, into: $0) }
    withExtendedLifetime(filing) {}
  }

  @Test(arguments: [0, 1, 3, 8, 40])
  func streamThatIsDroppedLeavesNothingBehind(count: Int) throws {
    let before = office.share.everything()
    do {
      let filing = Filing(in: vault)
      let stream = try filing.stream(proposal(), to: caseID)
      try chunked(Self.content(count * Self.chunk)) { try stream.seal($0) }
    }
    #expect(office.share.everything() == before)
    #expect(office.share.files("tmp").isEmpty)
  }

  @Test func streamThatIsEndedAndNotCommittedLeavesNothingBehind() throws {
    let before = office.share.everything()
    do {
      let filing = Filing(in: vault)
      let stream = try filing.stream(proposal(), to: caseID)
      _ = try chunked(Self.content(400_000)) { try filing.end(stream, $0, length: 400_000) }
    }
    #expect(office.share.everything() == before)
  }

  @Test func lengthsThatDoNotFitTheChunksAreRefused() throws {
    try chunked(Self.content(3 * Self.chunk)) { chunks in
      let wrong = [
        0, 1, Self.chunk, 2 * Self.chunk, 3 * Self.chunk + 1, -1, .max, (1 << 36) + 1,
      ]
      for length in wrong {
        let filing = Filing(in: vault)
        let stream = try filing.stream(proposal(), to: caseID)
        #expect(throws: (any Error).self, "\(length)") {
          _ = try filing.end(stream, chunks, length: length)
        }
      }
      let filing = Filing(in: vault)
      let stream = try filing.stream(proposal(), to: caseID)
      try stream.seal(chunks)
      // The last chunk is sealed as such: it cannot have been sealed before.
      expect(.failed) { _ = try filing.end(stream, [], length: 3 * Self.chunk) }
    }
    #expect(try office.open().caseFile(caseID).state.entries.count == 1)
  }

  /// A chunk that was sealed and did not get into the file must not be sealed again: under the
  /// same key and nonce it might be another one by then (FORMAT §4.1).
  @Test(arguments: [true, false])
  func streamThatFailedSealsNothingMore(isTorn: Bool) throws {
    try chunked(Self.content(20 * Self.chunk)) { chunks in
      for nth in 1..<60 {
        let faults = Faults(isTorn ? .tornWrite(nth: nth) : .fail(nth: nth, .noSpace))
        guard let vault = try? office.open(faults: faults) else { continue }
        let filing = Filing(in: vault)
        guard let stream = try? filing.stream(proposal(), to: caseID) else { continue }
        guard (try? stream.seal(Array(chunks[..<8]))) != nil else {
          #expect(faults.struck && stream.count == 0)
          expect(.failed) { try stream.seal(Array(chunks[8..<16])) }
          expect(.failed) { _ = try filing.end(stream, [chunks[0]], length: Self.chunk) }
          continue
        }
        guard (try? stream.seal(Array(chunks[8..<19]))) != nil else {
          expect(.failed) { try stream.seal(Array(chunks[8..<16])) }
          // What is in the file can be saved.
          var bytes = Self.zeros
          try bytes.withUnsafeMutableBytes { try stream.open(7, into: $0) }
          #expect(isSame(bytes[...], ArraySlice(chunks[7])))
          continue
        }
        let length = 20 * Self.chunk
        guard (try? filing.end(stream, [chunks[19]], length: length)) != nil else {
          // Of the last one nobody knows where it lies.
          #expect(stream.count == 19)
          expect(.failed) { _ = try filing.end(stream, [chunks[18]], length: length) }
          continue
        }
        guard !faults.struck else { continue }
        #expect(nth > 3)
        break
      }
    }
  }

  /// A stream is given up with the first failure, as the mount does: nothing of it is left.
  @Test(arguments: [true, false])
  func writingThatFailsMakesNoDamagedRecord(isTorn: Bool) throws {
    let content = Self.content(20 * Self.chunk)
    for nth in 1..<60 {
      let faults = Faults(isTorn ? .tornWrite(nth: nth) : .fail(nth: nth, .noSpace))
      let before = office.share.everything("tmp")
      let record: Record? = try chunked(content) { chunks in
        guard let vault = try? office.open(faults: faults) else { return nil }
        let filing = Filing(in: vault)
        do {
          let stream = try filing.stream(proposal(), to: caseID)
          for start in stride(from: 0, to: 16, by: 8) {
            try stream.seal(Array(chunks[start..<start + 8]))
          }
          let record = try filing.end(stream, Array(chunks[16...]), length: content.count)
          try filing.commit()
          return record
        } catch {
          return nil
        }
      }
      if let record { #expect(try office.content(of: record) == content, "\(nth)") }
      if !faults.struck {
        #expect(record != nil && nth > 4)
        break
      }
      #expect(office.share.everything("tmp").count <= before.count + 1)
    }
    #expect(!(try office.deepFindings().contains { $0.isDamage }))
  }
}

extension RecordStreamTests {
  /// Flips a bit of a file where it lies: whoever has it open sees it.
  private func flip(_ path: String, at offset: Int) throws {
    let file = try FileDescriptor.open(FilePath(office.share.at(path)), .readWrite)
    try file.closeAfter {
      var byte: UInt8 = 0
      _ = try withUnsafeMutableBytes(of: &byte) {
        try file.read(fromAbsoluteOffset: Int64(offset), into: $0)
      }
      byte ^= 1
      _ = try withUnsafeBytes(of: byte) {
        try file.write(toAbsoluteOffset: Int64(offset), $0)
      }
    }
  }

  @Test func everyFlippedByteOfASmallRecordIsRefused() throws {
    let record = try file(Self.content(1_000))
    let path = office.path(record)
    let layout = try RecordLayout(length: 1_000)
    let good = try chunks(of: record)
    for offset in 4_096..<layout.hashListOffset {
      try flip(path, at: offset)
      expectRefused(0, good, "\(offset)")
      try flip(path, at: offset)
    }
    for offset in layout.hashListOffset..<layout.fileSize {
      try flip(path, at: offset)
      expect(.damaged, "\(offset)") { _ = try chunks(of: record) }
      try flip(path, at: offset)
    }
    #expect(try open(0, chunks(of: record)).filled == 1_000)
  }

  @Test func flippedBytesOfALongRecordAreRefusedAndOtherChunksOpen() throws {
    let length = 150_000
    let record = try file(Self.content(length))
    let path = office.path(record)
    let layout = try RecordLayout(length: length)
    let good = try chunks(of: record)
    for index in 0..<3 {
      let start = layout.chunkOffset(index)
      let end = start + layout.chunkLength(index) + 16
      for offset in Array(stride(from: start, to: end - 16, by: 2_039)) + Array(end - 16..<end) {
        try flip(path, at: offset)
        expectRefused(index, good, "\(offset)")
        let other = (index + 1) % 3
        #expect(try open(other, good).filled == layout.filledLength(other))
        try flip(path, at: offset)
      }
    }
    for offset in layout.hashListOffset..<layout.fileSize {
      try flip(path, at: offset)
      expect(.damaged, "\(offset)") { _ = try chunks(of: record) }
      try flip(path, at: offset)
    }
  }

  @Test func chunksInAnotherPlaceOrOfAnotherRecordAreRefused() throws {
    let record = try file(Self.content(200_000))
    let foreign = try office.share.read(office.path(file(Self.content(200_000))))
    let path = office.path(record)
    let good = try office.share.read(path)
    let layout = try RecordLayout(length: 200_000)
    func part(_ index: Int) -> Range<Int> {
      let start = layout.chunkOffset(index)
      return start..<start + layout.chunkLength(index) + 16
    }
    let opened = try chunks(of: record)
    var swapped = good
    swapped.replaceSubrange(part(0), with: good[part(1)])
    swapped.replaceSubrange(part(1), with: good[part(0)])
    try office.share.plant(swapped, at: path)
    expectRefused(0, opened)
    expectRefused(1, opened)
    #expect(try open(2, opened).filled == Self.chunk)
    var other = good
    other.replaceSubrange(part(2), with: foreign[part(2)])
    try office.share.plant(other, at: path)
    expectRefused(2, opened)
    #expect(try open(1, opened).filled == Self.chunk)
  }

  @Test func fileThatIsCutOffOrGoneOnIsRefused() throws {
    let record = try file(Self.content(150_000))
    let path = office.path(record)
    let good = try office.share.read(path)
    let layout = try RecordLayout(length: 150_000)
    let opened = try chunks(of: record)
    for size in [0, 1, 4_096, layout.chunkOffset(2) + 99, good.count - 1, good.count + 1] {
      try office.share.resize(path, to: size)
      expect(.damaged, "\(size)") { _ = try chunks(of: record) }
      if size < layout.hashListOffset { expectRefused(2, opened, "\(size)") }
      if size <= 4_096 { expectRefused(0, opened, "\(size)") }
      try office.share.plant(good, at: path)
    }
    try office.share.remove(path)
    expect(.damaged) { _ = try chunks(of: record) }
  }

  /// The size is the one thing that a lent key does not bind.
  @Test func lentKeyOpensNoFileOfAnotherSize() throws {
    let record = try file(Self.content(1_000))
    let (read, key) = try RecordReader.contentKey(
      of: record.name, vault.keyring.keys(of: caseID)[0], in: vault.vault)
    let good = try office.share.read(office.path(record))
    for size in [good.count - 1, good.count + 1] {
      try office.share.resize(office.path(record), to: size)
      expect(.damaged) { _ = try RecordChunks(read, with: key, in: vault.folder) }
      try office.share.plant(good, at: office.path(record))
    }
    _ = try RecordChunks(read, with: key, in: vault.folder)
  }

  /// What somebody with the case key puts in place of what the author signed.
  @Test func chunksThatTheAuthorDidNotSignAreRefused() throws {
    let record = try file(Self.content(150_000))
    let path = office.path(record)
    let good = try office.share.read(path)
    let (read, key) = try RecordReader.contentKey(
      of: record.name, vault.keyring.keys(of: caseID)[0], in: vault.vault)
    let opened = try RecordChunks(read, with: key, in: vault.folder)
    let held = try office.caseKey(of: caseID)
    func forge(_ change: (inout RecordParts) throws -> Void) throws {
      var parts = try RecordParts(good, held)
      try change(&parts)
      try office.share.plant(parts.sealed(), at: path)
    }
    try forge { $0.content[5] ^= 1 }
    expectRefused(0, try RecordChunks(read, with: key, in: vault.folder))
    expectRefused(0, opened)
    // Behind the content, where no hash is taken.
    try forge { $0.content[$0.content.count - 1] = 1 }
    expectRefused(2, try RecordChunks(read, with: key, in: vault.folder))
    try forge { $0.endsAsFinal = false }
    expectRefused(2, try RecordChunks(read, with: key, in: vault.folder))
    try forge { parts in
      parts.content[5] ^= 1
      try parts.rehash(length: 150_000)
    }
    expect(.damaged) { _ = try RecordChunks(read, with: key, in: vault.folder) }
  }

  /// PADMÉ may add whole chunks; what is in their slots is nobody's.
  @Test func slotsOfPaddingChunksAreZero() throws {
    let length = 64 * Self.chunk + 1
    let layout = try RecordLayout(length: length)
    #expect(layout.chunkCount > layout.filledChunkCount)
    let record = try file([UInt8](repeating: 7, count: length))
    let (read, key) = try RecordReader.contentKey(
      of: record.name, vault.keyring.keys(of: caseID)[0], in: vault.vault)
    #expect(try RecordChunks(read, with: key, in: vault.folder).count == 65)
    let held = try office.caseKey(of: caseID)
    var parts = try RecordParts(office.share.read(office.path(record)), held)
    #expect(parts.slots.suffix(32).allSatisfy { $0 == 0 })
    parts.slots[parts.slots.count - 1] = 1
    try office.share.plant(parts.sealed(), at: office.path(record))
    expect(.damaged) { _ = try RecordChunks(read, with: key, in: vault.folder) }
  }
}
