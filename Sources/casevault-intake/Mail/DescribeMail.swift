/// Answers one line of facts for every message of the document.
///
/// - Parameter resumed: Where the message begins at which an earlier run of this program broke; it
///   is described by its headers alone.
func describeMail(_ document: Document, resumingAt resumed: Int64?) throws {
  startGMime()
  var mailbox = try Mailbox(document, from: resumed ?? 0)
  if resumed != nil, let broken = try mailbox.next() {
    Emergency.prepare(.refuse)
    try Answer.line(facts(ofUnreadable: broken, in: document))
  }
  while let slice = try mailbox.next() {
    Emergency.prepare(.resume(at: slice.marker))
    try Answer.line(facts(of: slice, in: document))
  }
}

private func facts(of slice: MessageSlice, in document: Document) throws -> MailFacts {
  let defects = Defects()
  guard let message = Message(slice.bytes, defects: defects) else {
    return try facts(ofNoMail: slice, in: document)
  }
  var facts = MailFacts(slice: slice)
  facts.takeHeaders(of: message)
  facts.takeParts(of: message)
  facts.defects = defects.words
  return facts
}

private func facts(ofNoMail slice: MessageSlice, in document: Document) throws -> MailFacts {
  var facts = MailFacts(slice: slice)
  facts.body = try digest(of: slice, in: document)
  facts.defects = ["no-headers"]
  return facts
}

/// The facts of a message whose parts exhaust memory or stack: its first headers, and its bytes as
/// one part.
private func facts(ofUnreadable slice: MessageSlice, in document: Document) throws -> MailFacts {
  let headerLimit: Int64 = 1 << 20
  let start = slice.bytes.lowerBound
  let head = try document.bytes(at: start, count: Int(min(headerLimit, slice.bytes.upperBound - start)))
  var facts = MailFacts(slice: slice)
  let defects = Defects()
  defects.add("too-complex")
  if let message = Message(start..<start + Int64(headerLength(head)), defects: defects) {
    facts.takeHeaders(of: message)
  }
  facts.body = try digest(of: slice, in: document)
  facts.defects = defects.words
  return facts
}

private func digest(of slice: MessageSlice, in document: Document) throws -> String {
  let digest = BodyDigest()
  try digest.add(slice.bytes, of: document)
  return digest.text
}

/// The length of the headers with the blank line after them.
private func headerLength(_ bytes: [UInt8]) -> Int {
  var lineIsBlank = false
  for (index, byte) in bytes.enumerated() {
    switch byte {
    case UInt8(ascii: "\n"):
      if lineIsBlank { return index + 1 }
      lineIsBlank = true
    case UInt8(ascii: "\r"): break
    default: lineIsBlank = false
    }
  }
  return bytes.count
}
