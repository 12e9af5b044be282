/// What a message says of itself: one line of the answer.
struct MailFacts: Encodable {
  struct Attachment: Encodable {
    let name: String
    let mediaType: String
    /// The size once decoded.
    let bytes: Int

    private enum CodingKeys: String, CodingKey {
      case name, bytes
      case mediaType = "media_type"
    }
  }

  let slice: MessageSlice
  var messageID: String?
  var inReplyTo: String?
  var date: MessageDate?
  var from = Correspondents()
  var to = Correspondents()
  var subject = ""
  var attachments: [Attachment] = []
  var body = ""
  var defects: [String] = []

  init(slice: MessageSlice) {
    self.slice = slice
  }

  private enum CodingKeys: String, CodingKey {
    case offset, length, mbox, date, from, to, subject, attachments, body, defects
    case messageID = "message_id"
    case inReplyTo = "in_reply_to"
    case localDay = "date_local_day"
    case fromAddresses = "from_addresses"
    case toAddresses = "to_addresses"
  }

  func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: CodingKeys.self)
    try fields.encode(slice.bytes.lowerBound, forKey: .offset)
    try fields.encode(slice.bytes.upperBound - slice.bytes.lowerBound, forKey: .length)
    try fields.encode(slice.isInMbox, forKey: .mbox)
    // Absent values are written as null: every line has every field.
    try fields.encode(messageID, forKey: .messageID)
    try fields.encode(inReplyTo, forKey: .inReplyTo)
    try fields.encode(date?.utc, forKey: .date)
    try fields.encode(date?.localDay, forKey: .localDay)
    try fields.encode(from.shown, forKey: .from)
    try fields.encode(to.shown, forKey: .to)
    try fields.encode(from.addresses, forKey: .fromAddresses)
    try fields.encode(to.addresses, forKey: .toAddresses)
    try fields.encode(subject, forKey: .subject)
    try fields.encode(attachments, forKey: .attachments)
    try fields.encode(body, forKey: .body)
    try fields.encode(defects, forKey: .defects)
  }
}
