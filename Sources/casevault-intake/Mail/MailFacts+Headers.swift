internal import CGMime

extension MailFacts {
  /// Takes what the headers of a message say.
  mutating func takeHeaders(of message: borrowing Message) {
    guard message.looksLikeMail else {
      message.defects.add("no-headers")
      return
    }
    messageID = plainLine(g_mime_message_get_message_id(message.root)).flatMap(nonEmpty)
    if messageID == nil { message.defects.add("missing-message-id") }
    inReplyTo = parent(of: message)
    takePeople(of: message)
    takeDate(of: message)
    takeSubject(of: message)
  }

  private mutating func takePeople(of message: borrowing Message) {
    from.add(g_mime_message_get_addresses(message.root, GMIME_ADDRESS_TYPE_FROM))
    let header = message.header("From")
    if header == nil {
      message.defects.add("missing-from")
    } else if from.addresses.isEmpty {
      message.defects.add("bad-from")
      if from.shown.isEmpty { from.add(raw: header ?? "") }
    }
    to.add(g_mime_message_get_addresses(message.root, GMIME_ADDRESS_TYPE_TO))
    to.add(g_mime_message_get_addresses(message.root, GMIME_ADDRESS_TYPE_CC))
    if to.shown.isEmpty { to.add(raw: message.header("To") ?? "") }
  }

  private mutating func takeDate(of message: borrowing Message) {
    guard message.header("Date") != nil else { return message.defects.add("missing-date") }
    date = g_mime_message_get_date(message.root).flatMap(MessageDate.init)
    if date == nil { message.defects.add("bad-date") }
  }

  private mutating func takeSubject(of message: borrowing Message) {
    subject = plainLine(g_mime_message_get_subject(message.root)) ?? ""
    let isCoded = subject.contains("=?") && subject.contains("?=")
    if isCoded || subject.contains("\u{fffd}") { message.defects.add("undecodable-subject") }
  }

  /// The first id in In-Reply-To, or its words where it has no id.
  private func parent(of message: borrowing Message) -> String? {
    guard let header = g_mime_object_get_header(cg_object(message.root), "In-Reply-To") else {
      return nil
    }
    let references = g_mime_references_parse(message.options, header)
    defer { g_mime_references_free(references) }
    if g_mime_references_length(references) > 0 {
      return plainLine(g_mime_references_get_message_id(references, 0)).flatMap(nonEmpty)
    }
    return plainLine(header).flatMap(nonEmpty)
  }
}

private func nonEmpty(_ text: String) -> String? {
  text.isEmpty ? nil : text
}
