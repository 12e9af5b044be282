internal import CSodium
internal import CaseVault
internal import Glibc
internal import Sealing
internal import Storage
internal import VaultFormat

/// Sealing and opening one large content on one core, beside libsodium alone
/// doing the same to the same bytes. Product and libsodium take turns.
struct SealingSpeed {
  private let path: String
  private let bytes: Int
  private let rounds: Int
  private static let chunk = RecordLayout.chunkSize
  private static let tag = RecordLayout.tagSize
  /// As many chunks as the product writes and reads together.
  private static let batch = 16

  init(in path: String, bytes: Int, rounds: Int) {
    self.path = path
    self.bytes = bytes
    self.rounds = rounds
  }

  func measure() throws {
    let content = Chance(1).filled(bytes)
    defer { content.deallocate() }
    let office = try Office.make(at: path)
    let filing = Filing(in: office.vault)
    let id = try filing.open(office.details(0), worked: office.vault.today()).opening.caseID
    let record = try filing.add(new(content, office), to: id)
    try filing.commit()
    let file = try office.vault.caseFile(id)
    var (seal, plain, written) = (Times(), Times(), Times())
    var (opening, plainly, plainlyRead) = (Times(), Times(), Times())
    for _ in 0..<rounds {
      // Dropped before it is committed, a filing leaves nothing behind; not in this time.
      let dropped = Filing(in: office.vault)
      try seal.measure { _ = try dropped.add(new(content, office), to: id) }
      withExtendedLifetime(dropped) {}
      plain.measure { sealPlainly(content, into: nil) }
      let descriptor = creat("\(path)/plain", 0o600)
      written.measure { sealPlainly(content, into: descriptor) }
      close(descriptor)

      try opening.measure { try office.vault.reader(of: record, in: file).verifyContent() }
      let sealed = open("\(path)/plain", O_RDONLY)
      plainlyRead.measure { openPlainly(sealed, isReadEachTime: true) }
      plainly.measure { openPlainly(sealed, isReadEachTime: false) }
      close(sealed)
      unlink("\(path)/plain")
    }
    report("seal.mb_per_s", bytes, in: seal)
    report("seal.sodium_mb_per_s", bytes, in: plain)
    report("seal.sodium_written_mb_per_s", bytes, in: written)
    report("seal.ratio", plain.best / seal.best)
    report("seal.ratio_written", written.best / seal.best)
    report("open.mb_per_s", bytes, in: opening)
    report("open.sodium_mb_per_s", bytes, in: plainly)
    report("open.sodium_read_mb_per_s", bytes, in: plainlyRead)
    report("open.ratio", plainly.best / opening.best)
    report("open.ratio_read", plainlyRead.best / opening.best)
  }

  private func new(_ content: UnsafeMutableRawBufferPointer, _ office: Office) throws -> NewRecord {
    var offset = 0
    return NewRecord(
      kind: RecordKind.scan, title: "Scan", mediaType: "application/pdf",
      worked: try office.vault.today(),
      content: .stream { buffer in
        let count = min(buffer.count, content.count - offset)
        buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: content[offset..<offset + count]))
        offset += count
        return count
      })
  }

  /// BLAKE2b-256 of every 64 KiB, and ChaCha20-Poly1305 of them, a batch at a time
  /// into one buffer, and to a file where there is one.
  private func sealPlainly(_ content: UnsafeMutableRawBufferPointer, into file: Int32?) {
    let whole = Self.batch * (Self.chunk + Self.tag)
    let sealed = UnsafeMutablePointer<UInt8>.allocate(capacity: whole)
    defer { sealed.deallocate() }
    let plain = content.baseAddress!.assumingMemoryBound(to: UInt8.self)
    let key = [UInt8](repeating: 7, count: 32)
    var hashes = [UInt8](repeating: 0, count: 32 * (bytes / Self.chunk + 1))
    var filled = 0
    for (index, start) in stride(from: 0, to: bytes, by: Self.chunk).enumerated() {
      let count = min(Self.chunk, bytes - start)
      hashes.withUnsafeMutableBufferPointer { hashes in
        _ = crypto_generichash_blake2b(
          hashes.baseAddress! + 32 * index, 32, plain + start, UInt64(count), nil, 0)
      }
      _ = crypto_aead_chacha20poly1305_ietf_encrypt(
        sealed + filled, nil, plain + start, UInt64(count), nil, 0, nil, Self.nonce(index), key)
      filled += count + Self.tag
      if filled == whole || start + count == bytes {
        if let file { _ = write(file, sealed, filled) }
        filled = 0
      }
    }
  }

  /// The way back: from the file each time, or from the first batch of it again and
  /// again, which leaves out the reading.
  private func openPlainly(_ file: Int32, isReadEachTime: Bool) {
    let whole = Self.batch * (Self.chunk + Self.tag)
    let sealed = UnsafeMutablePointer<UInt8>.allocate(capacity: whole)

    let copy = UnsafeMutablePointer<UInt8>.allocate(capacity: Self.batch * Self.chunk)
    defer {
      sealed.deallocate()

      copy.deallocate()
    }
    let key = [UInt8](repeating: 7, count: 32)
    var hash = [UInt8](repeating: 0, count: 32)
    var place = 0
    if !isReadEachTime { pread(file, sealed, whole, 0) }
    for (index, start) in stride(from: 0, to: bytes, by: Self.chunk).enumerated() {
      if isReadEachTime, index.isMultiple(of: Self.batch) {
        pread(file, sealed, whole, place)
        place += whole
      }
      let count = min(Self.chunk, bytes - start)
      let slot = index % Self.batch
      let number = isReadEachTime ? index : slot
      let length = isReadEachTime ? count : Self.chunk
      let status = crypto_aead_chacha20poly1305_ietf_decrypt(
        copy + slot * Self.chunk, nil, nil, sealed + slot * (Self.chunk + Self.tag),
        UInt64(length + Self.tag), nil, 0, Self.nonce(number), key)
      precondition(status == 0, "libsodium opens what it sealed")
      _ = crypto_generichash_blake2b(&hash, 32, copy + slot * Self.chunk, UInt64(length), nil, 0)
    }
  }

  private static func nonce(_ index: Int) -> [UInt8] {
    [0, 0, 0, 0, 0, 0, 0, 0] + withUnsafeBytes(of: UInt32(index).bigEndian, Array.init)
  }
}

extension Chance {
  func filled(_ count: Int) -> UnsafeMutableRawBufferPointer {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 64)
    var chance = self
    buffer.copyBytes(from: chance.bytes(count))
    return buffer
  }
}
