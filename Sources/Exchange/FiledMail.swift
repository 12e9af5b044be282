package import CaseVault
package import VaultFormat

/// Whether the service wrote a message or got it.
package enum MailDirection: String, Sendable {
  case sent
  case received

  /// From the client's own addresses: what comes from one was received, what
  /// goes to one was sent; nil where neither is so.
  package init?(_ facts: MailFacts, clientAddresses: [String]) {
    let client = Set(clientAddresses.map { $0.lowercased() })
    if facts.fromAddresses.contains(where: { client.contains($0.lowercased()) }) {
      self = .received
    } else if facts.toAddresses.contains(where: { client.contains($0.lowercased()) }) {
      self = .sent
    } else {
      return nil
    }
  }
}

extension MailFacts {
  /// What the manifest keeps of a message (FORMAT §4.6), shortened to fit.
  package func details(
    _ direction: MailDirection, sameID: [Identifier]
  ) -> [String: JSON] {
    var details: [String: JSON] = [
      "direction": .string(direction.rawValue), "body": .string(body),
    ]
    if let messageID { details["message_id"] = .string(messageID.shortened(to: 250)) }
    if let inReplyTo { details["in_reply_to"] = .string(inReplyTo.shortened(to: 250)) }
    if let date { details["date"] = .string(date) }
    if mbox { details["mbox"] = true }
    if !sameID.isEmpty {
      details["same_id"] = JSON(ascending: sameID.prefix(2))
    }
    let lists: [(String, [String])] = [
      ("defects", defects), ("from", from), ("to", to),
      ("attachments", attachments.map(\.name)),
    ]
    for (name, texts) in lists where !texts.isEmpty {
      add(texts, as: name, to: &details)
    }
    return details
  }

  /// Adds as many texts as leave room for the flag that some are missing.
  private func add(_ texts: [String], as name: String, to details: inout [String: JSON]) {
    var kept: [String] = []
    for text in texts {
      let text = text.shortened(to: 120)
      var grown = details
      grown[name] = JSON(kept + [text])
      grown["shortened"] = true
      guard JSON.object(grown).canonical.count <= Manifest.maximumDetails else {
        details["shortened"] = true
        break
      }
      kept.append(text)
    }
    if !kept.isEmpty { details[name] = JSON(kept) }
  }

  /// The message ids as the manifest keeps them.
  package var keptMessageID: String? { messageID?.shortened(to: 250) }

  /// A message of the case that is this one: the same Message-ID and the same
  /// body parts; without an id, the same subject, date, body parts and size.
  package func duplicate(
    in entries: [CaseState.Entry], direction: MailDirection
  ) -> Record? {
    messages(in: entries).first { record in
      let details = record.manifest.details
      guard details["body"]?.string == body else { return false }
      if let keptMessageID { return details["message_id"]?.string == keptMessageID }
      return details["message_id"] == nil && details["date"]?.string == date
        && record.manifest.title == title && record.manifest.length == length
    }
  }

  /// Messages of the case with the same Message-ID and other content.
  package func sameID(in entries: [CaseState.Entry]) -> [Identifier] {
    guard let keptMessageID else { return [] }
    return messages(in: entries).filter {
      $0.manifest.details["message_id"]?.string == keptMessageID
    }.map(\.id).sorted()
  }

  private func messages(in entries: [CaseState.Entry]) -> [Record] {
    entries.filter { $0.withdrawnBy.isEmpty && $0.record.manifest.kind == RecordKind.mail }
      .map(\.record)
  }

  /// The record's title: the subject.
  package var title: String {
    let subject = subject.withoutControls.shortened(to: Manifest.maximumTitle)
    return subject.isEmpty ? "(no subject)" : subject
  }

  /// The day of the message, or `today` where it has none or one that is to come.
  package func worked(today: CivilDate) -> CivilDate {
    guard let day = localDay.flatMap({ CivilDate($0) }), day <= today else { return today }
    return day
  }
}

extension String {
  /// At most `limit` bytes of UTF-8, whole characters, an ellipsis where cut.
  package func shortened(to limit: Int) -> String {
    guard utf8.count > limit else { return self }
    var kept = ""
    var size = 3
    for character in self {
      size += character.utf8.count
      if size > limit { break }
      kept.append(character)
    }
    return kept + "…"
  }

  /// Control characters as spaces, and no space at either end.
  package var withoutControls: String {
    var scalars = String.UnicodeScalarView()
    for scalar in unicodeScalars {
      scalars.append(
        scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value) ? " " : scalar)
    }
    var text = Substring(String(scalars))
    while text.first == " " { text.removeFirst() }
    while text.last == " " { text.removeLast() }
    return String(text)
  }
}
