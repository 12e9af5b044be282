/// Renders every page of a PDF with poppler, which decodes every stream that a page shows.
func describePDF(_ document: Document, by deadline: Deadline) async throws -> ScanFacts {
  let info = try await Decoder.pdfinfo.run(
    [Document.path], outputLimit: 1 << 18, by: deadline)
  if info.complaints.contains("Incorrect password") {
    throw Refusal(.unreadable, "the PDF is encrypted with a password")
  }
  try requireSound(info)
  guard let pages = info.value(after: "Pages:").flatMap({ Int($0) }), pages > 0 else {
    throw damaged("PDF", "it has no pages")
  }
  try requireEndMark(document)
  // Small pages, whatever their nominal size: what matters is that they decode.
  let rendering = try await Decoder.pdftoppm.run(
    ["-scale-to", "128", Document.path], outputLimit: 0, by: deadline)
  try requireSound(rendering)
  return ScanFacts(mediaType: ScanType.pdf.rawValue, pages: pages, width: nil, height: nil)
}

/// Poppler repairs what it can and only complains; what had to be repaired is not whole.
private func requireSound(_ outcome: Decoder.Outcome) throws(Refusal) {
  let errors = ["Syntax Error", "Internal Error", "I/O Error", "Command Line Error", "Error"]
  let complaint = outcome.complaints.split(separator: "\n").first { line in
    errors.contains { line.hasPrefix($0) }
  }
  if let complaint { throw damaged("PDF", String(complaint)) }
  guard outcome.isSuccess else {
    throw Refusal(
      .unreadable, "the PDF is damaged, or too large to decode within the limits of memory")
  }
}

/// The end mark lies in the last 1,024 bytes, as Adobe's readers want it; poppler would look no
/// further than that either and rebuild the rest.
private func requireEndMark(_ document: Document) throws {
  let tail = try document.bytes(at: max(0, document.size - 1_024), count: 1_024)
  guard String(decoding: tail, as: Unicode.ASCII.self).contains("%%EOF") else {
    throw truncated("PDF")
  }
}
