/// How far a message is read.
enum Depth {
  /// As a mail, which is how every message is tried first.
  case all
  /// Its first headers; its bytes count as one part.
  case headersOnly
  /// Not at all: its bytes count as one part.
  case bytesOnly
}

/// Answers one line of facts for every message of the document.
///
/// - Parameter resumption: Where the message begins at which an earlier run of this program broke,
///   and how far it may be read now; `nil` for a new run.
func describeMail(_ document: Document, resuming resumption: Resumption?) throws {
  startGMime()
  var mailbox = try Mailbox(document, from: resumption?.offset ?? 0)
  if let resumption, let slice = try mailbox.next() {
    try describe(slice, in: document, depth: resumption.depth)
  }
  while let slice = try mailbox.next() {
    try describe(slice, in: document, depth: .all)
  }
}

private func describe(_ slice: MessageSlice, in document: Document, depth: Depth) throws {
  Emergency.prepare(after: depth, at: slice.marker)
  var facts = MailFacts(slice: slice)
  let defects = Defects()
  if depth != .all { defects.add("too-complex") }
  if depth != .bytesOnly, let message = try message(of: slice, in: document, depth, defects) {
    facts.takeHeaders(of: message)
    if depth == .all { facts.takeParts(of: message) }
  } else {
    defects.add("no-headers")
  }
  if facts.body.isEmpty { facts.body = try digest(of: slice, in: document) }
  facts.defects = defects.words
  try Answer.line(facts)
}

private func message(
  of slice: MessageSlice, in document: Document, _ depth: Depth, _ defects: Defects
) throws -> Message? {
  let headers = try HeaderBlock(of: slice.bytes, in: document)
  headers.note(in: defects)
  let start = slice.bytes.lowerBound
  let end = depth == .all ? slice.bytes.upperBound : start + Int64(headers.bytes.count)
  return Message(start..<end, defects: defects)
}

/// The digest of a message whose bytes count as one part.
private func digest(of slice: MessageSlice, in document: Document) throws -> String {
  let digest = BodyDigest()
  try digest.add(slice.bytes, of: document)
  return digest.text
}
