internal import CGMime
import SystemPackage

/// A parsed message; its parts stay in the document and are read from there when asked for.
struct Message: ~Copyable {
  let root: UnsafeMutablePointer<GMimeMessage>
  let options: OpaquePointer?
  let defects: Defects

  /// Parses the message in `bytes` of the document, or returns `nil` where GMime sees none.
  init?(_ bytes: Range<Int64>, defects: Defects) {
    let options = lenientOptions(reportingTo: defects)
    let stream = cg_stream_on(
      Document.descriptor.rawValue, gint64(bytes.lowerBound), gint64(bytes.upperBound))
    defer { g_object_unref(stream) }
    guard let parser = g_mime_parser_new_with_stream(stream) else {
      g_mime_parser_options_free(options)
      return nil
    }
    defer { g_object_unref(parser) }
    g_mime_parser_set_persist_stream(parser, 1)
    guard let root = g_mime_parser_construct_message(parser, options) else {
      g_mime_parser_options_free(options)
      return nil
    }
    self.root = root
    self.options = options
    self.defects = defects
  }

  deinit {
    g_object_unref(root)
    g_mime_parser_options_free(options)
  }

  /// The header of that name, decoded, as one line; `nil` where there is none.
  func header(_ name: String) -> String? {
    plainLine(g_mime_object_get_header(cg_object(root), name))
  }

  private static let telling = [
    "From", "To", "Date", "Subject", "Message-ID", "Received", "MIME-Version", "Content-Type",
  ]

  /// Whether the message has any of the headers by which a mail is known.
  var looksLikeMail: Bool {
    for name in Self.telling where g_mime_object_get_header(cg_object(root), name) != nil {
      return true
    }
    return false
  }
}

/// Readies GMime; its remarks about hostile input are nobody's to read.
func startGMime() {
  g_log_set_default_handler({ _, _, _, _ in }, nil)
  g_mime_init()
}
