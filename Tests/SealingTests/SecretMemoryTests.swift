import Sealing
import Testing

/// What becomes of secrets in memory (house.md, habit 4).
struct SecretMemoryTests {
  /// The arena keeps its memory, so that a slot can be looked at after it was given back.
  @Test func aKeyIsWipedWhenItGoesOutOfScope() throws {
    let pattern = randomBytes(32)
    var slots: [UnsafeRawBufferPointer] = []
    for _ in 0..<100 {
      let short = try key(pattern)
      slots.append(short.withBytes { $0 })
    }
    for slot in slots {
      // Another test may have taken the slot since; then it holds something else.
      #expect(Array(slot) != pattern)
    }
  }

  @Test func keysOfOneTimeShareNoSlot() throws {
    let first = try SecretKey.random()
    let second = try SecretKey.random()
    let addresses = [first.withBytes { $0.baseAddress }, second.withBytes { $0.baseAddress }]
    #expect(addresses[0] != addresses[1])
    #expect(reveal(first) != reveal(second))
  }

  @Test func manyKeysKeepTheirBytesApart() throws {
    // More than one block of the arena holds.
    let size = 700
    try hold(size, [])
    func hold(_ count: Int, _ path: [UInt8]) throws {
      guard count > 0 else { return }
      let bytes = (0..<32).map { UInt8(truncatingIfNeeded: count &* 31 &+ $0) }
      let held = try key(bytes)
      try hold(count - 1, bytes)
      #expect(reveal(held) == bytes)
    }
  }

  @Test func aCopyOutlivesItsOriginal() throws {
    let bytes = randomBytes(32)
    func copied() throws -> SecretKey { try key(bytes).copy() }
    let copy = try copied()
    #expect(reveal(copy) == bytes)
  }

  @Test func secretBytesBeginAsZeroAndHaveBounds() throws {
    let fresh = try SecretBytes(zeroed: 65_536)
    #expect(fresh.withBytes { $0.allSatisfy { $0 == 0 } })
    for count in [0, -1, 65_537, Int.max, Int.min] {
      #expect(throws: SealingError.outOfBounds) { _ = try SecretBytes(zeroed: count) }
    }
  }

  @Test(arguments: [-1, 33, Int.max, Int.min])
  func aFillThatSaysTooMuchIsRefused(said: Int) {
    #expect(throws: SealingError.outOfBounds) {
      _ = try SecretBytes.filled(capacity: 32) { _ in said }
    }
  }

  @Test(arguments: [-1, 1, 5, 37, 1000, Int.min])
  func keysLieWithinTheirBytes(offset: Int) throws {
    var bytes = try SecretBytes(zeroed: 32)
    let whole = try SecretKey.random()
    var refusals = 0
    do { try bytes.place(whole, at: offset) } catch { refusals += error == .outOfBounds ? 1 : 0 }
    do { _ = try SecretKey(copying: bytes, at: offset) } catch {
      refusals += error == .outOfBounds ? 1 : 0
    }
    #expect(refusals == 2)
  }

  @Test(arguments: [-1, 29, 32, Int.min])
  func numbersLieWithinTheirBytes(offset: Int) throws {
    var bytes = try SecretBytes(zeroed: 32)
    var refusals = 0
    do { try bytes.place(UInt32.max, at: offset) } catch {
      refusals += error == .outOfBounds ? 1 : 0
    }
    do { _ = try bytes.number(at: offset) } catch { refusals += error == .outOfBounds ? 1 : 0 }
    #expect(refusals == 2)
  }

  @Test func whatIsPlacedIsReadAgain() throws {
    var bytes = try SecretBytes(zeroed: 41)
    let placed = try SecretKey.random()
    try bytes.place(placed, at: 9)
    try bytes.place(UInt32(0x0403_0201), at: 5)
    #expect(reveal(try SecretKey(copying: bytes, at: 9)) == reveal(placed))
    #expect(try bytes.number(at: 5) == 0x0403_0201)
    #expect(bytes.withBytes { Array($0[5..<9]) } == [1, 2, 3, 4])
  }

  @Test func passphrasesAreComparedWhole() throws {
    let one = try secret(Array("passphrase".utf8))
    for text in ["passphrase", "passphrasf", "Passphrase", "passphras", "passphrase "] {
      let other = try secret(Array(text.utf8))
      let same = one.equals(other)
      #expect(same == (text == "passphrase"))
    }
  }
}
