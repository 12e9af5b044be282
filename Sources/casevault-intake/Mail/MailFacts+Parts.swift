internal import CGMime

extension MailFacts {
  /// Takes the attachments and the digest of everything.
  mutating func takeParts(of message: borrowing Message) {
    let digest = BodyDigest()
    var attachments: [Attachment] = []
    var count = 0
    Leaf.walk(g_mime_message_get_mime_part(message.root)) { leaf in
      noteCharset(of: leaf, in: message.defects)
      let size: Int
      if case .message = leaf {
        // Its own leaves follow and are digested one by one.
        size = leaf.decodedSize
      } else {
        size = digest.add(leaf)
      }
      guard leaf.isAttachment else { return }
      count += 1
      if count <= listLimit {
        attachments.append(
          Attachment(name: leaf.name, mediaType: leaf.mediaType, bytes: size))
      }
    }
    if count > listLimit { message.defects.add("too-many-attachments") }
    self.attachments = attachments
    body = digest.text
  }
}

private func noteCharset(of leaf: Leaf, in defects: Defects) {
  if case .buried = leaf { defects.add("nested-too-deep") }
  guard cg_is_text(leaf.object) != 0,
    let charset = g_mime_text_part_get_charset(cg_text(leaf.object)),
    cg_can_convert(charset) == 0
  else { return }
  defects.add("unknown-charset")
}

/// Writes the decoded bytes of an attachment of the first message.
///
/// - Parameter number: From 1, in the order of the facts.
func writeAttachment(_ number: Int, of document: Document) throws {
  startGMime()
  var mailbox = try Mailbox(document)
  guard let slice = try mailbox.next(), let message = Message(slice.bytes, defects: Defects())
  else { throw Refusal(.unreadable, "the file is not a mail") }
  var count = 0
  var isFound = false
  try Leaf.walk(g_mime_message_get_mime_part(message.root)) { leaf in
    guard leaf.isAttachment else { return }
    count += 1
    guard count == number else { return }
    isFound = true
    try leaf.decoded { bytes in try Answer.write(bytes) }
  }
  guard isFound else {
    throw Refusal(.unreadable, "the mail has \(count) attachments, none with number \(number)")
  }
}
