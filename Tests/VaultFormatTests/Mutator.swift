/// SplitMix64: small, seeded, the same everywhere.
struct Seeded: RandomNumberGenerator {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
    return mixed ^ mixed >> 31
  }
}

/// Makes bytes a little wrong, again and again.
struct Mutator {
  private var random: Seeded
  /// Bytes that mean something to the parser.
  private let tokens: [[UInt8]]

  private static let sizes: [UInt32] = [
    0, 1, 40, 60, 255, 256, 3_804, 3_805, 4_096, 4_097, 16_424, 65_535, 1 << 20, 1 << 31, .max,
  ]

  init(seed: UInt64, tokens: [[UInt8]] = []) {
    random = Seeded(seed)
    self.tokens = tokens
  }

  /// One to four changes of `bytes`.
  mutating func mutate(_ bytes: [UInt8]) -> [UInt8] {
    var mutated = bytes
    for _ in 0..<Int.random(in: 1...4, using: &random) { change(&mutated) }
    return mutated
  }

  private mutating func change(_ bytes: inout [UInt8]) {
    let at = Int.random(in: 0...bytes.count, using: &random)
    let end = min(bytes.count, at + Int.random(in: 0...24, using: &random))
    switch Int.random(in: 0..<9, using: &random) {
    case 0, 1: if at < bytes.count { bytes[at] ^= 1 << UInt8.random(in: 0..<8, using: &random) }
    case 2: if at < bytes.count { bytes[at] = UInt8.random(in: 0...255, using: &random) }
    case 3: bytes.insert(UInt8.random(in: 0...255, using: &random), at: at)
    case 4: bytes.removeSubrange(at..<end)
    case 5: bytes.insert(contentsOf: bytes[at..<end], at: at)
    case 6: bytes.removeLast(bytes.count - end)
    case 7: write(Self.sizes.randomElement(using: &random) ?? 0, into: &bytes, at: at)
    default:
      if let token = tokens.randomElement(using: &random) {
        bytes.insert(contentsOf: token, at: at)
      }
    }
  }

  /// Numbers of the format lie at multiples of four.
  private func write(_ number: UInt32, into bytes: inout [UInt8], at offset: Int) {
    let start = offset / 4 * 4
    guard start + 4 <= bytes.count else { return }
    for byte in 0..<4 { bytes[start + byte] = UInt8(truncatingIfNeeded: number >> (8 * byte)) }
  }
}
