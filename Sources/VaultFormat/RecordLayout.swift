/// Where the parts of a record lie, from the length of its content alone
/// (FORMAT §4, §4.3 to §4.5). All values are bytes unless they say otherwise.
package struct RecordLayout: Equatable, Sendable {
  package static let chunkSize = 65_536
  package static let tagSize = 16
  package static let hashSize = 32
  package static let contentOffset = 4_096
  package static let maximumLength = 1 << 36
  /// The least that content is padded to.
  package static let floor = 4_096

  /// Content without padding.
  package let length: Int
  /// Content with padding.
  package let paddedLength: Int

  /// - Throws: `invalid` unless `length` is 0 to 64 GiB.
  package init(length: Int) throws(FormatError) {
    guard (0...Self.maximumLength).contains(length) else { throw .invalid("length") }
    self.length = length
    paddedLength = Self.padded(length)
  }

  /// PADMÉ with a floor (Nikitin et al., "Reducing Metadata Leakage from
  /// Encrypted Files and Communication with PURBs", PETS 2019).
  package static func padded(_ length: Int) -> Int {
    guard length > floor else { return floor }
    let exponent = Int.bitWidth - 1 - length.leadingZeroBitCount
    let significant = Int.bitWidth - exponent.leadingZeroBitCount
    let mask = (1 << (exponent - significant)) - 1
    return (length + mask) & ~mask
  }

  /// How many chunks of content there are: at least one.
  package var chunkCount: Int { Self.pieces(paddedLength) }
  /// How many of them hold content and not only padding.
  package var filledChunkCount: Int { Self.pieces(length) }
  /// The hash list, unsealed.
  package var hashListLength: Int { Self.hashSize * chunkCount }
  /// How many pieces the hash list is sealed in.
  package var hashPieceCount: Int { Self.pieces(hashListLength) }
  /// Where the sealed hash list begins.
  package var hashListOffset: Int {
    Self.contentOffset + paddedLength + Self.tagSize * chunkCount
  }
  /// The whole file.
  package var fileSize: Int {
    hashListOffset + hashListLength + Self.tagSize * hashPieceCount
  }

  /// The padded content of chunk `index`.
  package func chunkLength(_ index: Int) -> Int {
    min(Self.chunkSize, paddedLength - index * Self.chunkSize)
  }
  /// The content of chunk `index` without padding.
  package func filledLength(_ index: Int) -> Int {
    max(0, min(Self.chunkSize, length - index * Self.chunkSize))
  }
  /// Where sealed chunk `index` begins.
  package func chunkOffset(_ index: Int) -> Int {
    Self.contentOffset + index * (Self.chunkSize + Self.tagSize)
  }

  private static func pieces(_ length: Int) -> Int {
    (length + chunkSize - 1) / chunkSize
  }
}
