/// What `casevault-intake` says of one message.
package struct MailFacts: Decodable, Sendable {
  package let offset: Int
  package let length: Int
  package let mbox: Bool
  package let messageID: String?
  package let inReplyTo: String?
  /// RFC 3339 in UTC.
  package let date: String?
  /// The day in the sender's own zone.
  package let localDay: String?
  package let from: [String]
  package let to: [String]
  package let fromAddresses: [String]
  package let toAddresses: [String]
  package let subject: String
  package let attachments: [Attachment]
  /// SHA-256 over the decoded body parts.
  package let body: String
  package let defects: [String]

  package struct Attachment: Decodable, Sendable {
    package let name: String
    package let mediaType: String
    package let bytes: Int

    enum CodingKeys: String, CodingKey {
      case name, bytes
      case mediaType = "media_type"
    }
  }

  enum CodingKeys: String, CodingKey {
    case offset, length, mbox, date, from, to, subject, attachments, body, defects
    case messageID = "message_id"
    case inReplyTo = "in_reply_to"
    case localDay = "date_local_day"
    case fromAddresses = "from_addresses"
    case toAddresses = "to_addresses"
  }
}

/// What `casevault-intake` says of a scan that it decoded to its end.
package struct ScanFacts: Decodable, Sendable {
  package let mediaType: String
  package let pages: Int?
  package let width: Int?
  package let height: Int?

  enum CodingKeys: String, CodingKey {
    case pages, width, height
    case mediaType = "media_type"
  }
}

/// Why `casevault-intake` refused a document.
struct IntakeRefusal: Decodable {
  let refused: String
}
