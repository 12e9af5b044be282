/// Returns the words of a document for reading on a terminal.
///
/// - Throws: A refusal for a type that has no words.
func readableText(
  of document: Document, as mediaType: String, by deadline: Deadline
) async throws -> String {
  let type = mediaType.prefix { $0 != ";" }.lowercased()
  switch type {
  case "message/rfc822", "application/mbox": return try mailText(of: document)
  case "application/pdf": return try await pdfText(by: deadline)
  case "text/html": return plainText(ofHTML: try fileText(of: document, as: mediaType))
  case _ where type.hasPrefix("text/"), "application/json", "application/xml":
    return try fileText(of: document, as: mediaType)
  default:
    throw Refusal(.unreadable, "\(type) cannot be shown as text")
  }
}

/// The words of a PDF, as poppler lays them out.
private func pdfText(by deadline: Deadline) async throws -> String {
  let outcome = try await Decoder.pdftotext.run(
    ["-layout", "-enc", "UTF-8", Document.path, "-"], outputLimit: 64 << 20, by: deadline)
  if outcome.complaints.contains("Incorrect password") {
    throw Refusal(.unreadable, "the PDF is encrypted with a password")
  }
  guard outcome.isSuccess else { throw Refusal(.unreadable, "the PDF is damaged") }
  return String(decoding: outcome.output, as: UTF8.self)
}
