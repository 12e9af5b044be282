/// What a scan is: the answer, once all of it has been decoded.
struct ScanFacts: Encodable {
  let mediaType: String
  let pages: Int
  /// Of the first page, in pixels; absent for a PDF, whose pages have no pixels of their own.
  let width: Int?
  let height: Int?

  private enum CodingKeys: String, CodingKey {
    case pages, width, height
    case mediaType = "media_type"
  }
}

/// Decodes the document to the end and says what it is.
///
/// - Throws: A refusal with the reason when it is not a scan or not whole.
func describeScan(_ document: Document, by deadline: Deadline) async throws -> ScanFacts {
  let head = try document.bytes(at: 0, count: ScanType.headLength)
  switch ScanType(head) {
  case .pdf: return try await describePDF(document, by: deadline)
  case .tiff: return try await describeTIFF(by: deadline)
  case .jpeg:
    try requireWholeJPEG(document)
    return try await describeImage(.jpeg, by: deadline)
  case .png:
    try requireWholePNG(document)
    return try await describeImage(.png, by: deadline)
  case .heic:
    try requireWholeHEIC(document)
    return try await describeImage(.heic, by: deadline)
  case nil:
    throw Refusal(.unreadable, "the file is not one of PDF, TIFF, JPEG, PNG, HEIC")
  }
}

/// What is said of every file that ends too early.
func truncated(_ kind: String) -> Refusal {
  Refusal(.unreadable, "the \(kind) is truncated: it ends before its content does")
}

/// What is said of every file whose content does not decode.
func damaged(_ kind: String, _ complaint: String) -> Refusal {
  let detail = plainLine(complaint.prefix(160))
  return Refusal(.unreadable, "the \(kind) is damaged" + (detail.isEmpty ? "" : ": \(detail)"))
}
