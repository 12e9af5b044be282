/// The media types that files of a mount have, by their names' endings
/// (IANA, and freedesktop's shared-mime-info for what is not registered).
package enum MediaTypes {
  /// The first ending of a type is the one that its files get.
  private static let table: [(type: String, endings: [String])] = [
    ("text/plain", ["txt", "text", "log"]), ("text/markdown", ["md"]),
    ("text/html", ["html", "htm"]), ("text/csv", ["csv"]), ("text/calendar", ["ics"]),
    ("text/vcard", ["vcf"]), ("application/rtf", ["rtf"]), ("application/json", ["json"]),
    ("application/xml", ["xml"]),
    ("message/rfc822", ["eml"]), ("application/vnd.ms-outlook", ["msg"]),
    ("application/mbox", ["mbox"]),
    ("application/pdf", ["pdf"]), ("image/tiff", ["tiff", "tif"]),
    ("image/jpeg", ["jpg", "jpeg"]), ("image/png", ["png"]), ("image/heic", ["heic"]),
    ("image/gif", ["gif"]), ("image/webp", ["webp"]), ("image/svg+xml", ["svg"]),
    ("application/msword", ["doc"]),
    ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", ["docx"]),
    ("application/vnd.ms-excel", ["xls"]),
    ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ["xlsx"]),
    ("application/vnd.ms-powerpoint", ["ppt"]),
    ("application/vnd.openxmlformats-officedocument.presentationml.presentation", ["pptx"]),
    ("application/vnd.oasis.opendocument.text", ["odt"]),
    ("application/vnd.oasis.opendocument.spreadsheet", ["ods"]),
    ("application/vnd.oasis.opendocument.presentation", ["odp"]),
    ("application/zip", ["zip"]), ("audio/mpeg", ["mp3"]), ("audio/mp4", ["m4a"]),
    ("audio/x-wav", ["wav"]), ("video/mp4", ["mp4"]),
  ]

  private static let byEnding: [String: String] = Dictionary(
    table.flatMap { row in row.endings.map { ($0, row.type) } }
  ) { first, _ in first }

  private static let byType: [String: String] = Dictionary(
    table.map { ($0.type, "." + $0.endings[0]) }
  ) { first, _ in first }

  /// The ending of a type, with its dot; empty where it is not known.
  static func ending(of type: String) -> String { byType[type] ?? "" }

  /// Whether a file of a type may have this ending, with its dot.
  static func fits(_ ending: String, _ type: String) -> Bool {
    byEnding[ending.dropFirst().lowercased()] == type
  }

  /// The type of a file.
  ///
  /// - Parameters:
  ///   - name: its name.
  ///   - head: its first bytes, as far as they are known.
  ///   - isWhole: whether these are all of it.
  package static func type(
    of name: String, head: UnsafeRawBufferPointer, isWhole: Bool
  ) -> String {
    let type = byEnding[FileNames.split(name).ending.dropFirst().lowercased()]
    if let type, type != "text/plain" { return type }
    return isText(head, isWhole) ? "text/plain" : "application/octet-stream"
  }

  /// Whether bytes are UTF-8 without zeros; where there are more, the last character may be cut.
  private static func isText(_ head: UnsafeRawBufferPointer, _ isWhole: Bool) -> Bool {
    guard !head.contains(0) else { return false }
    for cut in 0...(isWhole ? 0 : 3) where cut <= head.count {
      if String(validating: head.dropLast(cut), as: UTF8.self) != nil { return true }
    }
    return false
  }
}
