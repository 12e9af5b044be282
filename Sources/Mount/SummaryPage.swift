internal import CaseVault
internal import VaultFormat

/// The page that stands in each case's folder: what the case is, and what there is in it.
enum SummaryPage {
  /// - Parameter members: of the vault, for their names.
  static func html(of view: CaseView, _ folder: CaseNode, members: [Member]) -> String {
    let names = Dictionary(members.map { ($0.id, $0.name) }) { first, _ in first }
    let title = [view.details.reference?.text, client(view)].compactMap { $0 }
      .joined(separator: " ")
    return """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
      <title>\(escaped(title))</title>
      <style>
      body { font: 1rem/1.5 sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
      th { text-align: left; vertical-align: top; padding-right: 1.5rem; }
      table { border-collapse: collapse; } td, th { padding-block: 0.2rem; }
      .records td { padding-right: 1.5rem; border-top: 1px solid #ccc; }
      .old { color: #666; }
      </style>
      </head>
      <body>
      <h1>\(escaped(title))</h1>
      \(facts(of: view, names))
      \(folder.shelves.map { records($0, in: view, names) }.joined())
      \(damage(in: view))
      </body>
      </html>

      """
  }

  private static func client(_ view: CaseView) -> String {
    view.details.clientName ?? view.details.pseudonym ?? "anonymous"
  }

  private static func facts(of view: CaseView, _ names: [String: String]) -> String {
    let details = view.details
    let facts: [(String, String?)] = [
      ("Client", client(view)), ("Student number", details.studentID),
      ("E-mail", list(details.emails)), ("Telephone", list(details.phones)),
      ("Reach by", details.contact), ("Do not use", details.unsafeContact),
      ("Other parties", list(details.parties)), ("Topic", details.topic),
      ("Adviser", details.adviser.map { names[$0] ?? $0 }),
      ("Status", view.isOpen ? "open" : "closed"), ("Opened", view.opened?.text),
      ("Closed", view.closed?.text), ("Last work", view.lastWork?.text),
      ("May be destroyed from", view.expires?.text),
    ]
    let rows = facts.compactMap { fact in
      fact.1.map { "<tr><th>\(fact.0)</th><td>\(escaped($0))</td></tr>" }
    }
    return "<table>\n\(rows.joined(separator: "\n"))\n</table>\n"
  }

  private static func list(_ texts: [String]) -> String? {
    texts.isEmpty ? nil : texts.joined(separator: ", ")
  }

  private static func records(
    _ shelf: ShelfNode, in view: CaseView, _ names: [String: String]
  ) -> String {
    let current = NameTable.names(
      of: view.entries.filter { $0.isCurrent && $0.record.manifest.kind == shelf.kind }, in: view)
    let old = NameTable.versions(of: shelf.kind, in: view)
    guard !current.isEmpty || !old.isEmpty else { return "" }
    let rows =
      current.map { row($0.entry, "\(shelf.name)/\($0.name)", names, isOld: false) }
      + old.map { row($0.entry, "\(shelf.name)/.versions/\($0.name)", names, isOld: true) }
    return "<h2>\(shelf.name)</h2>\n<table class=\"records\">\n\(rows.joined())</table>\n"
  }

  private static func row(
    _ entry: CaseState.Entry, _ path: String, _ names: [String: String], isOld: Bool
  ) -> String {
    let manifest = entry.record.manifest
    let state = entry.withdrawnBy.isEmpty ? isOld ? "earlier version" : "" : "withdrawn"
    return """
      <tr\(isOld ? " class=\"old\"" : "")><td>\(manifest.worked.text)</td>\
      <td><a href="\(link(path))">\(escaped(manifest.title))</a></td>\
      <td>\(escaped(names[manifest.author] ?? manifest.author))</td>\
      <td>\(manifest.length) bytes</td><td>\(state)</td></tr>

      """
  }

  private static func damage(in view: CaseView) -> String {
    guard !view.damaged.isEmpty else { return "" }
    let rows = view.damaged.map { "<li>\(escaped($0.message))</li>\n" }
    return "<h2>Damaged</h2>\n<ul>\n\(rows.joined())</ul>\n"
  }

  /// Text as HTML shows it (HTML Living Standard, 13.3).
  static func escaped(_ text: String) -> String {
    var escaped = ""
    for character in text.unicodeScalars {
      switch character {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "'": escaped += "&#39;"
      default:
        // Direction marks could make a page say what it does not.
        if character.properties.generalCategory != .format {
          escaped.unicodeScalars.append(character)
        }
      }
    }
    return escaped
  }

  /// A relative path as a link has it (RFC 3986).
  private static func link(_ path: String) -> String {
    let digits = Array("0123456789ABCDEF")
    return path.utf8.map { byte in
      let isPlain =
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
        || "-._~/".utf8.contains(byte)
      return isPlain
        ? String(UnicodeScalar(byte)) : "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
    }.joined()
  }
}
