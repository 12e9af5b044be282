internal import CGMime

/// SHA-256 over decoded body parts in order, each as its length (u64, little endian) and bytes.
///
/// Messages whose parts are equal once decoded have equal digests, whatever their transfer encoding.
struct BodyDigest: ~Copyable {
  private let checksum: OpaquePointer?

  init() {
    checksum = g_checksum_new(G_CHECKSUM_SHA256)
  }

  deinit {
    g_checksum_free(checksum)
  }

  /// Adds a part and returns its decoded size.
  func add(_ leaf: Leaf) -> Int {
    let size = leaf.decodedSize
    begin(size)
    leaf.decoded { update($0) }
    return size
  }

  /// Adds bytes of the document as one part.
  func add(_ bytes: Range<Int64>, of document: Document) throws {
    begin(Int(bytes.upperBound - bytes.lowerBound))
    var offset = bytes.lowerBound
    while offset < bytes.upperBound {
      let count = Int(min(bytes.upperBound - offset, 1 << 18))
      let piece = try document.bytes(at: offset, count: count)
      guard !piece.isEmpty else { return }
      piece.withUnsafeBytes { update($0) }
      offset += Int64(piece.count)
    }
  }

  /// Lower-case hexadecimal. Nothing can be added after this.
  var text: String {
    g_checksum_get_string(checksum).map { String(cString: $0) } ?? ""
  }

  private func begin(_ size: Int) {
    withUnsafeBytes(of: UInt64(size).littleEndian) { update($0) }
  }

  private func update(_ bytes: UnsafeRawBufferPointer) {
    g_checksum_update(checksum, bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count)
  }
}
