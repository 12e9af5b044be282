import Sealing
import Testing

/// What a reader answers, in the words of Vault/vectors/README.md.
struct Refusal: Error, Equatable {
  let answer: String
  let wrong: String
}

/// Does one step of reading and names the field where it is refused.
func step<Value: ~Copyable>(
  _ field: String, _ body: () throws(SealingError) -> Value
) throws(Refusal) -> Value {
  do throws(SealingError) { return try body() } catch {
    throw Refusal(answer: error.answer, wrong: field)
  }
}

/// Refuses unless two public values are the same.
func match(_ field: String, _ left: [UInt8], _ right: [UInt8]) throws(Refusal) {
  guard left == right else { throw Refusal(answer: "mismatch", wrong: field) }
}

/// Refuses bytes that are not zero.
func zeros(_ field: String, _ bytes: ArraySlice<UInt8>) throws(Refusal) {
  guard bytes.allSatisfy({ $0 == 0 }) else { throw Refusal(answer: "not-zero", wrong: field) }
}

extension SealingError {
  var answer: String {
    switch self {
    case .notAuthentic: "not-authentic"
    case .badPublicKey: "bad-public-key"
    case .outOfBounds: "out-of-bounds"
    case .libraryUnavailable, .lockedMemoryUnavailable, .outOfMemory: "failed"
    }
  }
}

extension Vector {
  /// Reads and holds the outcome against the vector's answer.
  ///
  /// - Returns: what was read, or nil where it was refused as it should be.
  func read<Value>(_ body: () throws(SealingError) -> Value) -> Value? {
    do throws(SealingError) {
      let value = try body()
      #expect(isGood, "read, though \(wrong ?? "") is wrong")
      return value
    } catch {
      #expect(error.answer == answer)
      return nil
    }
  }

  /// The same where reading has several steps: the first wrong one must be the vector's.
  func walk<Value>(_ body: () throws -> Value) throws -> Value? {
    do {
      let value = try body()
      #expect(isGood, "read, though \(wrong ?? "") is wrong")
      return value
    } catch let refusal as Refusal {
      #expect(refusal == Refusal(answer: answer, wrong: wrong ?? ""))
      return nil
    }
  }
}

extension [UInt8] {
  /// A number of 32 bits, little-endian.
  func u32(at offset: Int) -> Int {
    (0..<4).reduce(0) { $0 | Int(self[offset + $1]) << (8 * $1) }
  }

  /// A number of 64 bits as its bits, little-endian.
  func u64(at offset: Int) -> UInt64 {
    (0..<8).reduce(0) { $0 | UInt64(self[offset + $1]) << UInt64(8 * $1) }
  }

  func slice(_ offset: Int, _ count: Int) -> [UInt8] { Array(self[offset..<offset + count]) }
}
