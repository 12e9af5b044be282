internal import Glibc

/// The same "random" numbers in every run (SplitMix64).
struct Chance: RandomNumberGenerator {
  private var state: UInt64

  init(_ seed: Int) { state = UInt64(seed) &* 0x9e37_79b9_7f4a_7c15 }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  /// A number from 0 up to 1.
  mutating func fraction() -> Double { Double.random(in: 0..<1, using: &self) }

  /// From a log-normal distribution: e to the power of a normal one.
  mutating func logNormal(median: Double, sigma: Double) -> Double {
    // Irwin-Hall: twelve uniform numbers are close enough to a normal one.
    let normal = (0..<12).reduce(-6.0) { sum, _ in sum + fraction() }
    return median * exp(normal * sigma)
  }

  /// Between two sizes, small ones as likely as large ones in every octave.
  mutating func logUniform(_ low: Double, _ high: Double) -> Double {
    low * exp(fraction() * log(high / low))
  }

  mutating func bytes(_ count: Int) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      let raw = UnsafeMutableRawBufferPointer(buffer)
      var offset = 0
      while offset < count {
        withUnsafeBytes(of: next()) { word in
          for byte in word.prefix(count - offset) {
            raw[offset] = byte
            offset += 1
          }
        }
      }
      filled = count
    }
  }
}
