/// The most pixels of one page: more than an A0 sheet at 600 dots per inch.
private let pixelLimit = 1_000_000_000
/// The most pages of an image.
private let pageLimit = 5_000

/// Decodes every page of an image with libvips, which streams and keeps no page whole.
func describeImage(_ type: ScanType, by deadline: Deadline) async throws -> ScanFacts {
  let first = try await header(of: type, page: 0, by: deadline)
  let pages = first.pages ?? 1
  guard pages <= pageLimit else {
    throw Refusal(.unreadable, "too large to decode: it has more than \(pageLimit) pages")
  }
  for page in 0..<pages {
    if page > 0 { _ = try await header(of: type, page: page, by: deadline) }
    try await decode(page: page, of: type, by: deadline)
  }
  return ScanFacts(
    mediaType: type.rawValue, pages: pages, width: first.width, height: first.height)
}

/// Decodes a TIFF; its directories are followed first, for libvips counts only the sound ones.
func describeTIFF(by deadline: Deadline) async throws -> ScanFacts {
  let info = try await Decoder.tiffinfo.run(
    [Document.path], outputLimit: 16 << 20, by: deadline)
  guard info.isSuccess else {
    let complaint = info.complaints.split(separator: "\n").last { !$0.contains("Warning") }
    throw damaged("TIFF", complaint.map(String.init) ?? "")
  }
  return try await describeImage(.tiff, by: deadline)
}

private struct PageHeader {
  let width: Int
  let height: Int
  let pages: Int?
}

private func header(
  of type: ScanType, page: Int, by deadline: Deadline
) async throws -> PageHeader {
  let header = try await Decoder.vipsheader.run(
    ["-a", type.source(page: page)], outputLimit: 16 << 20, by: deadline)
  let number = { (label: String) in header.value(after: label).flatMap { Int($0) } }
  guard header.isSuccess, let width = number("width:"), let height = number("height:"),
    width > 0, height > 0
  else { throw damaged(type.name, header.lastComplaint) }
  guard height <= pixelLimit / width else {
    throw Refusal(
      .unreadable, "too large to decode: \(width) by \(height) pixels on page \(page + 1)")
  }
  return PageHeader(width: width, height: height, pages: number("n-pages:"))
}

private func decode(page: Int, of type: ScanType, by deadline: Deadline) async throws {
  var outcome = try await Decoder.vips.run(
    ["avg", type.source(page: page, options: "fail-on=warning")], outputLimit: 256, by: deadline)
  if !outcome.isSuccess, outcome.isPedantic {
    outcome = try await Decoder.vips.run(
      ["avg", type.source(page: page, options: "fail-on=error")], outputLimit: 256, by: deadline)
  }
  guard outcome.isSuccess, !outcome.isFaxDamaged else {
    throw damaged(type.name, outcome.lastComplaint)
  }
}

extension ScanType {
  fileprivate var name: String { "\(self)".uppercased() }

  fileprivate func source(page: Int, options: String = "fail-on=error") -> String {
    // Only these two have pages, and only they know the option.
    let page = self == .tiff || self == .heic ? "page=\(page)," : ""
    return "\(Document.path)[\(page)access=sequential,\(options)]"
  }
}

extension Decoder.Outcome {
  /// What some telephones do wrong in every JPEG and every reader forgives.
  fileprivate var isPedantic: Bool {
    ["Invalid SOS parameters", "extraneous bytes before marker"]
      .contains(where: lastComplaint.contains)
  }

  /// Damage in a fax page, which libtiff fills with white and only warns about.
  fileprivate var isFaxDamaged: Bool {
    ["Premature EOL", "Bad code word", "Line length mismatch", "Uncompressed data"]
      .contains(where: complaints.contains)
  }

  fileprivate var lastComplaint: String {
    let line = complaints.split(separator: "\n").last ?? ""
    // The time and the process, which mean nothing to a person.
    return line.hasPrefix("(") ? String(line.split(separator: ": ").last ?? "") : String(line)
  }
}
