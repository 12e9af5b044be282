/// The kinds of file that a scanner or a telephone makes.
enum ScanType: String {
  case pdf = "application/pdf"
  case tiff = "image/tiff"
  case jpeg = "image/jpeg"
  case png = "image/png"
  case heic = "image/heic"

  /// How many bytes ``init(_:)`` wants to see.
  static let headLength = 1_024

  /// Recognises a file by its first bytes, whatever its name; `nil` when it is none of these.
  init?(_ head: [UInt8]) {
    if head.starts(with: [0xff, 0xd8, 0xff]) {
      self = .jpeg
    } else if head.starts(with: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]) {
      self = .png
    } else if Self.tiffHeads.contains(where: head.starts(with:)) {
      self = .tiff
    } else if Self.isHEIC(head) {
      self = .heic
    } else if head.isPDF {
      self = .pdf
    } else {
      return nil
    }
  }

  /// TIFF and BigTIFF, little and big endian.
  private static let tiffHeads: [[UInt8]] = [
    [0x49, 0x49, 42, 0], [0x4d, 0x4d, 0, 42], [0x49, 0x49, 43, 0], [0x4d, 0x4d, 0, 43],
  ]

  /// The brands in the `ftyp` box that mean pictures coded with HEVC.
  private static let brands: Set<String> = [
    "heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1",
  ]

  private static func isHEIC(_ head: [UInt8]) -> Bool {
    guard head.count >= 12, Array(head[4..<8]) == Array("ftyp".utf8) else { return false }
    return brands.contains(String(decoding: head[8..<12], as: UTF8.self))
  }
}

extension [UInt8] {
  /// Adobe's readers allow anything before the header of a PDF, within its first 1,024 bytes.
  fileprivate var isPDF: Bool {
    let header = Array("%PDF-".utf8)
    return indices.contains { self[$0...].starts(with: header) }
  }
}
