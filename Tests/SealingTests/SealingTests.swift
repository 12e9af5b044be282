import Sealing
import Testing

/// Round trips of `Sealing`, and what it refuses.
struct SealingTests {
  private static let label = Label("cv1.sealed.com")

  /// X25519 points whose product with any clamped scalar is zero (RFC 7748 §6.1).
  private static let smallOrder: [[UInt8]] = [
    [UInt8](repeating: 0, count: 32),
    [1] + [UInt8](repeating: 0, count: 31),
    [0xec] + [UInt8](repeating: 0xff, count: 30) + [0x7f],
    [0xed] + [UInt8](repeating: 0xff, count: 30) + [0x7f],
    [0xee] + [UInt8](repeating: 0xff, count: 30) + [0x7f],
  ]

  @Test(arguments: smallOrder)
  func nothingIsSealedToAKeyOfSmallOrder(point: [UInt8]) throws {
    let recipient = try #require(Bytes32(point))
    let secret = try SecretKey.random()
    #expect(throws: SealingError.badPublicKey) {
      _ = try Box.seal(secret, to: recipient, data: [])
    }
  }

  @Test func aBoxOpensForItsRecipientOnly() throws {
    let recipient = try UnlockKey.random()
    let other = try UnlockKey.random()
    let sealed = try SecretKey.random()
    let box = try Box.seal(sealed, to: recipient.publicKey, data: [1, 2])
    #expect(box.count == Box.keySize)
    #expect(reveal(try Box.open(box, with: recipient, data: [1, 2])) == reveal(sealed))
    #expect(throws: SealingError.notAuthentic) {
      _ = try Box.open(box, with: other, data: [1, 2])
    }
    #expect(throws: SealingError.notAuthentic) {
      _ = try Box.open(box, with: recipient, data: [1])
    }
  }

  @Test func twoBoxesOfOneKeyShareNothing() throws {
    let recipient = try UnlockKey.random()
    let sealed = try SecretKey.random()
    let first = try Box.seal(sealed, to: recipient.publicKey, data: [])
    let second = try Box.seal(sealed, to: recipient.publicKey, data: [])
    #expect(first.prefix(32) != second.prefix(32))
    #expect(first[32..<56] != second[32..<56])
    #expect(first.suffix(48) != second.suffix(48))
  }

  @Test func everyBitOfABoxCounts() throws {
    let recipient = try UnlockKey.random()
    let sealed = try SecretKey.random()
    let box = try Box.seal(sealed, to: recipient.publicKey, data: [])
    var opened = 0
    for bit in 0..<box.count * 8 {
      var flipped = box
      flipped[bit / 8] ^= 1 << UInt8(bit % 8)
      if (try? Box.open(flipped, with: recipient, data: [])) != nil { opened += 1 }
    }
    #expect(opened == 0)
  }

  @Test func everyBitOfAnEnvelopeCounts() throws {
    let envelopeKey = try SecretKey.random()
    let nonce = randomBytes(24)
    let sealed = Envelope.seal(randomBytes(40), key: envelopeKey, nonce: nonce, data: [7])
    var opened = 0
    for bit in 0..<sealed.count * 8 {
      var flipped = sealed
      flipped[bit / 8] ^= 1 << UInt8(bit % 8)
      if (try? Envelope.open(flipped, key: envelopeKey, nonce: nonce, data: [7])) != nil {
        opened += 1
      }
    }
    #expect(opened == 0)
  }

  @Test(arguments: [0, 23, 25, 48])
  func anEnvelopeWithAnotherSizeOfNonceIsRefused(count: Int) throws {
    let envelopeKey = try SecretKey.random()
    // The right bytes, and too few or too many of them.
    let nonce = randomBytes(24)
    let wrong = Array((nonce + nonce).prefix(count))
    let sealed = Envelope.seal([1], key: envelopeKey, nonce: nonce, data: [])
    #expect(throws: SealingError.notAuthentic) {
      try Envelope.open(sealed, key: envelopeKey, nonce: wrong, data: [])
    }
  }

  @Test func onlyThirtyTwoBytesAreAKey() throws {
    let envelopeKey = try SecretKey.random()
    let nonce = randomBytes(24)
    for count in [0, 1, 31, 33, 64] {
      let sealed = Envelope.seal(randomBytes(count), key: envelopeKey, nonce: nonce, data: [])
      #expect(throws: SealingError.notAuthentic) {
        _ = try Envelope.openKey(sealed, key: envelopeKey, nonce: nonce, data: [])
      }
    }
  }

  @Test func secretsRoundTripThroughEnvelopes() throws {
    let envelopeKey = try SecretKey.random()
    let nonce = randomBytes(24)
    let inner = try SecretKey.random()
    let sealedKey = Envelope.seal(inner, key: envelopeKey, nonce: nonce, data: [])
    let opened = try Envelope.openKey(sealedKey, key: envelopeKey, nonce: nonce, data: [])
    #expect(reveal(opened) == reveal(inner))
    let bytes = try secret(Array("a passphrase".utf8))
    let sealed = Envelope.seal(bytes, key: envelopeKey, nonce: nonce, data: [])
    let again = try Envelope.openBytes(sealed, key: envelopeKey, nonce: nonce, data: [])
    #expect(again.withBytes { Array($0) } == Array("a passphrase".utf8))
    #expect(throws: SealingError.notAuthentic) {
      _ = try Envelope.openBytes(
        sealed.dropLast(), key: envelopeKey, nonce: nonce, data: [])
    }
  }

  @Test func aCommitmentFitsOneKeyOnly() throws {
    let committed = try SecretKey.random()
    let other = try SecretKey.random()
    let commitment = committed.commitment(Self.label, [1])
    try committed.verify(commitment, Self.label, [1])
    #expect(throws: SealingError.notAuthentic) {
      try other.verify(commitment, Self.label, [1])
    }
    #expect(throws: SealingError.notAuthentic) {
      try committed.verify(commitment, Self.label, [2])
    }
    #expect(throws: SealingError.notAuthentic) {
      try committed.verify(commitment, Label("cv1.master.com"), [1])
    }
    for byte in 0..<32 {
      var wrong = commitment
      wrong[byte] ^= 0x80
      #expect(throws: SealingError.notAuthentic) { try committed.verify(wrong, Self.label, [1]) }
    }
  }

  @Test func aChunkHoldsItsPlaceAndItsEnd() throws {
    let cipher = ChunkCipher(key: try SecretKey.random())
    let sealed = cipher.seal([1, 2, 3], index: 5, isLast: false)
    #expect(try cipher.open(sealed, index: 5, isLast: false) == [1, 2, 3])
    for (index, isLast): (UInt64, Bool) in [(5, true), (4, false), (6, false), (5 << 8, false)] {
      #expect(throws: SealingError.notAuthentic) {
        try cipher.open(sealed, index: index, isLast: isLast)
      }
    }
    #expect(throws: SealingError.outOfBounds) {
      var tooGreat = [UInt8](repeating: 0, count: 4)
      try tooGreat.withUnsafeMutableBytes { plaintext in
        try sealed.withUnsafeBytes { sealed in
          try cipher.open(sealed, index: 5, isLast: false, into: plaintext)
        }
      }
    }
  }

  @Test func aRefusedChunkLeavesNothingBehind() throws {
    let cipher = ChunkCipher(key: try SecretKey.random())
    let plaintext = [UInt8](repeating: 0x55, count: 500)
    var sealed = cipher.seal(plaintext, index: 0, isLast: true)
    sealed[515] ^= 1
    var left = [UInt8](repeating: 0xee, count: 500)
    #expect(throws: SealingError.notAuthentic) {
      try left.withUnsafeMutableBytes { left in
        try sealed.withUnsafeBytes { sealed in
          try cipher.open(sealed, index: 0, isLast: true, into: left)
        }
      }
    }
    #expect(left == [UInt8](repeating: 0, count: 500))
  }

  @Test func passphraseCostsHaveBounds() throws {
    let (least, most): (UInt64, UInt64) = (8 << 20, 2 << 30)
    let memories: [UInt64] = [0, least - 1_024, least + 1, most + 1_024, .max]
    let passes: [UInt32] = [0, 17, .max]
    let costs = passes.map { ($0, least) } + memories.map { (UInt32(1), $0) }
    for (passes, memory) in costs {
      #expect(throws: SealingError.outOfBounds) {
        try PassphraseCost(passes: passes, memory: memory)
      }
    }
    #expect(try PassphraseCost(passes: 16, memory: 2 << 30).passes == 16)
    #expect(try PassphraseCost(passes: 1, memory: 8 << 20).memory == 8 << 20)
    let ready = [PassphraseCost.interactive, .moderate, .sensitive]
    for cost in ready {
      #expect(try PassphraseCost(passes: cost.passes, memory: cost.memory) == cost)
    }
  }

  @Test func randomBytesAreRandomAndAsManyAsAsked() {
    #expect(randomBytes(0).isEmpty)
    #expect(randomBytes(33).count == 33)
    #expect(randomBytes(32) != randomBytes(32))
  }

  @Test func thirtyTwoBytesAreThirtyTwo() {
    #expect(Bytes32(Array(0..<32))?.array == Array(0..<32))
    #expect(Bytes32(Array(0..<31)) == nil)
    #expect(Bytes32(Array(0..<33)) == nil)
  }
}
