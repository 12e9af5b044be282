import Sealing
import Testing

/// A key of known bytes.
func key(_ bytes: [UInt8]) throws -> SecretKey {
  try SecretKey(copying: secret(bytes), at: 0)
}

/// Secret memory of known bytes.
func secret(_ bytes: [UInt8]) throws -> SecretBytes {
  try SecretBytes.filled(capacity: max(1, bytes.count)) { buffer in
    buffer.copyBytes(from: bytes)
    return bytes.count
  }
}

/// The bytes of a key, for a test to look at.
func reveal(_ key: borrowing SecretKey) -> [UInt8] {
  key.withBytes { Array($0) }
}

extension ChunkCipher {
  /// Seals one chunk of an array.
  borrowing func seal(_ plaintext: [UInt8], index: UInt64, isLast: Bool) -> [UInt8] {
    var sealed = [UInt8](repeating: 0, count: plaintext.count + Self.tagSize)
    sealed.withUnsafeMutableBytes { sealed in
      plaintext.withUnsafeBytes { seal($0, index: index, isLast: isLast, into: sealed) }
    }
    return sealed
  }

  /// Opens one chunk of an array.
  borrowing func open(
    _ sealed: [UInt8], index: UInt64, isLast: Bool
  ) throws(SealingError) -> [UInt8] {
    var plaintext = [UInt8](repeating: 0xee, count: max(0, sealed.count - Self.tagSize))
    var refusal: SealingError?
    plaintext.withUnsafeMutableBytes { plaintext in
      sealed.withUnsafeBytes { sealed in
        do throws(SealingError) {
          try open(sealed, index: index, isLast: isLast, into: plaintext)
        } catch {
          refusal = error
        }
      }
    }
    if let refusal { throw refusal }
    return plaintext
  }

  /// Opens a whole stream of chunks of 65,536 bytes.
  borrowing func open(stream: [UInt8]) throws(SealingError) -> [UInt8] {
    let size = 65_536 + Self.tagSize
    let count = (stream.count + size - 1) / size
    var plaintext: [UInt8] = []
    for index in 0..<count {
      let sealed = Array(stream[index * size..<min(stream.count, (index + 1) * size)])
      plaintext += try open(sealed, index: UInt64(index), isLast: index == count - 1)
    }
    return plaintext
  }
}
