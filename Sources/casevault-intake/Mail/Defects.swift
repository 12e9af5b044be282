internal import CGMime

/// The ways in which a message breaks the rules, each a short word, each once.
///
/// A class, because GMime reports through a C callback that holds it by address.
final class Defects {
  private(set) var words: [String] = []

  func add(_ word: String) {
    if !words.contains(word) { words.append(word) }
  }

  fileprivate func add(_ warning: GMimeParserWarning) {
    switch warning {
    // RFC 6532 allows UTF-8: see ``Message/hasForeignHeader``.
    case GMIME_WARN_UNENCODED_8BIT_HEADER: break
    case GMIME_WARN_INVALID_RFC2047_HEADER_VALUE: add("bad-encoded-word")
    case GMIME_WARN_DUPLICATED_HEADER, GMIME_CRIT_CONFLICTING_HEADER: add("duplicated-header")
    case GMIME_WARN_DUPLICATED_PARAMETER, GMIME_CRIT_CONFLICTING_PARAMETER,
      GMIME_WARN_INVALID_PARAMETER:
      add("bad-parameter")
    case GMIME_WARN_INVALID_CONTENT_TYPE: add("bad-content-type")
    case GMIME_WARN_MALFORMED_MULTIPART: add("malformed-multipart")
    case GMIME_WARN_TRUNCATED_MESSAGE: add("truncated-multipart")
    case GMIME_WARN_MALFORMED_MESSAGE: add("malformed-message")
    case GMIME_CRIT_INVALID_HEADER_NAME: add("bad-header-name")
    case GMIME_CRIT_MULTIPART_WITHOUT_BOUNDARY: add("missing-boundary")
    case GMIME_WARN_INVALID_ADDRESS_LIST: add("bad-address")
    case GMIME_CRIT_NESTING_OVERFLOW: add("nested-too-deep")
    case GMIME_WARN_PART_WITHOUT_CONTENT, GMIME_CRIT_PART_WITHOUT_HEADERS_OR_CONTENT:
      add("empty-part")
    default: add("other")
    }
  }
}

/// How a message is to be read: leniently, with every fault reported to `defects`.
///
/// The result must be freed, and `defects` must outlive it.
func lenientOptions(reportingTo defects: Defects) -> OpaquePointer? {
  guard let options = g_mime_parser_options_new() else { return nil }
  for setMode in [
    g_mime_parser_options_set_address_compliance_mode,
    g_mime_parser_options_set_parameter_compliance_mode,
    g_mime_parser_options_set_rfc2047_compliance_mode,
  ] {
    setMode(options, GMIME_RFC_COMPLIANCE_LOOSE)
  }
  g_mime_parser_options_set_allow_addresses_without_domain(options, 1)
  let report: GMimeParserWarningFunc = { _, warning, _, defects in
    guard let defects else { return }
    Unmanaged<Defects>.fromOpaque(defects).takeUnretainedValue().add(warning)
  }
  let unretained = Unmanaged.passUnretained(defects).toOpaque()
  g_mime_parser_options_set_warning_callback(options, report, unretained)
  return options
}
