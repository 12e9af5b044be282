import TestSupport
import Testing

/// `casevault mail add`.
@Suite(.requiresTestClock) struct MailTests {
  private func openCase(_ desk: Desk) throws -> String {
    try desk.openCase("--client", "Nadia Novák", "--email", "Nadia@Example.org")
  }

  @Test func aMessageFromTheClientWasReceived() throws {
    let desk = try Desk(at: Desk.noon)
    let reference = try openCase(desk)
    let file = try desk.file("room.eml", message())
    #expect(
      try desk.transcript("mail", "add", reference, file) == """
        Filed rrrrrrrrrr in RRRR-RRRR: My room
            from Nadia <nadia@example.org>
            to Advice <advice@example.ac.uk>
        [0]
        """)
    let record = try #require(try desk.records(of: reference).last)
    #expect(record["worked"] as? String == "2026-11-20")
    #expect(record["media_type"] as? String == "message/rfc822")
    #expect(try desk.casevault("case", "show", reference).output.contains("mail received"))
    // What comes in is no work of the service.
    #expect(try desk.shown(reference)["last_work"] as? String == "2026-11-22")
  }

  @Test func aMessageToTheClientWasSentAndIsWork() throws {
    var desk = try Desk(at: Desk.noon)
    let reference = try openCase(desk)
    desk.time = "2027-10-02 12:00:00"
    try desk.mail(
      message(
        from: "advice@example.ac.uk", to: "nadia@example.org",
        date: "Fri, 01 Oct 2027 10:00:00 +0000"), in: reference)
    #expect(try desk.shown(reference)["last_work"] as? String == "2027-10-01")
  }

  @Test func aMessageOfNeitherIsReceivedUnlessSaid() throws {
    let desk = try Desk(at: Desk.noon)
    let reference = try desk.openCase()
    let file = try desk.file("room.eml", message())
    #expect(
      try desk.transcript("mail", "add", reference, file, "--quiet") == """
        <record>
        ! room.eml: none of its addresses is the client's; filed as received
        [0]
        """)
    let sent = try desk.casevault(
      "mail", "add", reference, "-", "--sent", "--json", input: message(id: "two@example.org"))
    #expect(try sent.text("direction") == "sent")
    #expect(sent.errors.isEmpty)
    let received = try desk.casevault(
      "mail", "add", reference, "-", "--received", "--json", input: message(id: "3@example.org"))
    #expect(try received.text("direction") == "received")
    #expect(try desk.casevault("mail", "add", reference, file, "--sent", "--received").status == 64)
  }

  @Test func scriptsGetWhatTheMessageSaysOfItself() throws {
    let desk = try Desk(at: Desk.noon)
    let reference = try openCase(desk)
    let object = try desk.casevault("mail", "add", reference, "-", "--json", input: message())
      .object()
    #expect(
      Set(object.keys) == [
        "ref", "case", "record", "duplicate", "direction", "subject", "from", "to", "date",
        "attachments", "defects",
      ])
    #expect(object["subject"] as? String == "My room")
    #expect(object["date"] as? String == "2026-11-20T10:00:00Z")
    #expect(object["direction"] as? String == "received")
    #expect(object["duplicate"] as? Bool == false)
  }

  @Test func theSameMessageIsNamedAndNotAddedAgain() throws {
    let desk = try Desk(at: Desk.noon)
    let reference = try openCase(desk)
    let first = try desk.mail(message(), in: reference)
    let before = desk.everythingButTheLog()
    // It came again by another way: other trace headers, the same body.
    let again = try desk.file("again.eml", message(headers: ["Received: by elsewhere"]))
    #expect(
      try desk.transcript("mail", "add", reference, again)
        == "Not added again: My room, which is record rrrrrrrrrr\n[0]")
    let object = try desk.casevault("mail", "add", reference, again, "--json").object()
    #expect(object["duplicate"] as? Bool == true)
    #expect(object["record"] as? String == first)
    #expect(desk.everythingButTheLog() == before)
  }

  @Test func aWithdrawnMessageCanBeAddedAgain() throws {
    let desk = try Desk(at: Desk.noon)
    let reference = try openCase(desk)
    let first = try desk.mail(message(), in: reference)
    try desk.casevault("withdraw", reference, first, "--reason", "by mistake").succeeded()
    #expect(try desk.mail(message(), in: reference) != first)
  }

  @Test func theSameIDWithOtherWordsIsKeptAndMarked() throws {
    let desk = try Desk(at: Desk.noon)
    let reference = try openCase(desk)
    let first = try desk.mail(message(), in: reference)
    let other = try desk.file("other.eml", message(body: "The heating works.\n"))
    #expect(
      try desk.transcript("mail", "add", reference, other) == """
        Filed rrrrrrrrrr in RRRR-RRRR: My room
            from Nadia <nadia@example.org>
            to Advice <advice@example.ac.uk>
        ! another message of this case has the same Message-ID; both are kept
        [0]
        """)
    let records = try desk.records(of: reference)
    #expect(records.count == 3)
    let details = try #require(records.last?["details"] as? [String: Any])
    #expect(details["same_id"] as? [String] == [first])
  }

  @Test func aDifferentAttachmentMakesAnotherMessage() throws {
    let desk = try Desk(at: Desk.noon)
    let reference = try openCase(desk)
    let first = try desk.mail(withAttachment("contract", "letter.txt"), in: reference)
    let second = try desk.mail(withAttachment("forgery", "letter.txt"), in: reference)
    #expect(first != second)
  }

  @Test func repliesNameWhatTheyAnswer() throws {
    let desk = try Desk(at: Desk.noon)
    let reference = try openCase(desk)
    try desk.mail(message(), in: reference)
    let reply = try desk.mail(
      message(
        id: "two@example.org", from: "advice@example.ac.uk", to: "nadia@example.org",
        subject: "Re: My room", headers: ["In-Reply-To: <one@example.org>"]),
      in: reference)
    let shown = try desk.casevault("show", reference, reply, "--json").object()
    let details = try #require(shown["details"] as? [String: Any])
    #expect(details["in_reply_to"] as? String == "one@example.org")
    #expect(details["message_id"] as? String == "two@example.org")
    #expect(details["direction"] as? String == "sent")
  }

  @Test func everyMessageOfAMailboxIsARecord() throws {
    let desk = try Desk(at: Desk.noon)
    let reference = try openCase(desk)
    let first = message()
    let second = message(id: "two@example.org", subject: "Again", body: "Still cold.\n")
    let mailbox = """
      From nadia@example.org Fri Nov 20 10:00:00 2026
      \(first)
      From nadia@example.org Fri Nov 20 11:00:00 2026
      \(second)
      From nadia@example.org Fri Nov 20 11:00:00 2026
      \(second)
      """
    let file = try desk.file("mbox", mailbox)
    #expect(
      try desk.transcript("mail", "add", reference, file) == """
        Not added again: Again, which is record rrrrrrrrrr
        Filed rrrrrrrrrr in RRRR-RRRR: My room
            from Nadia <nadia@example.org>
            to Advice <advice@example.ac.uk>
        Filed rrrrrrrrrr in RRRR-RRRR: Again
            from Nadia <nadia@example.org>
            to Advice <advice@example.ac.uk>
        [0]
        """)
  }

  @Test func everyMessageOfAMaildirIsARecord() throws {
    let desk = try Desk(at: Desk.noon)
    let reference = try openCase(desk)
    try desk.file("Maildir/new/1", message())
    try desk.file("Maildir/cur/2:2,S", message(id: "two@example.org"))
    try desk.file("Maildir/tmp/3", message(id: "three@example.org"))
    try desk.file("Maildir/cur/.hidden", "")
    let added = try desk.casevault("mail", "add", reference, desk.files.at("Maildir"), "--json")
    #expect(try added.succeeded().objects().count == 2)
    try desk.files.makeFolder("folder")
    #expect(
      try desk.transcript("mail", "add", reference, desk.files.at("folder")) == """
        ! casevault: error: DESK/folder is a folder and no Maildir
        ! casevault: hint: name the files in it
        [64]
        """)
  }

  @Test func aBrokenMessageIsKeptWholeAndMarked() throws {
    let desk = try Desk(at: Desk.noon)
    let reference = try openCase(desk)
    let broken = message(
      headers: ["MIME-Version: 1.0", "Content-Type: multipart/mixed; boundary=never"],
      body: "--never\n\nThe end is missing")
    let file = try desk.file("broken.eml", broken)
    let ended = try desk.casevault("mail", "add", reference, file)
    #expect(ended.status == 0)
    #expect(ended.errors.hasPrefix("kept whole, marked: "))
    let record = try #require(try desk.records(of: reference).last)
    let details = try #require(record["details"] as? [String: Any])
    #expect((details["defects"] as? [String])?.isEmpty == false)
    #expect(
      try desk.content(of: (record["id"] as? String).orThrow(), in: reference)
        == Array(broken.utf8))
  }

  @Test func attachmentsComeOutByNumber() throws {
    let desk = try Desk(at: Desk.noon)
    let reference = try openCase(desk)
    let record = try desk.mail(withAttachment("The contract.", "letter.txt"), in: reference)
    #expect(
      try desk.casevault("get", reference, record, "--attachment", "1").output == "The contract.")
    let file = desk.files.at("letter.txt")
    #expect(
      try desk.casevault("get", reference, record, "--attachment", "1", "-o", file).status == 0)
    #expect(try desk.files.read("letter.txt") == Array("The contract.".utf8))
    #expect(
      try desk.transcript("get", reference, record, "--attachment", "2") == """
        ! casevault: error: this e-mail has no attachment 2
        [16]
        """)
    #expect(try desk.casevault("get", reference, record, "--attachment", "0").status == 64)
    let note = try desk.note("A call.", in: reference)
    #expect(try desk.casevault("get", reference, note, "--attachment", "1").status == 64)
  }

  @Test func aMessageOfTheFutureIsWorkOfToday() throws {
    let desk = try Desk(at: Desk.noon)
    let reference = try openCase(desk)
    let record = try desk.mail(
      message(date: "Fri, 20 Nov 2099 10:00:00 +0000"), in: reference, "--sent")
    #expect(try desk.casevault("show", reference, record, "--json").text("worked") == "2026-11-22")
  }

  @Test func oneMissingFileDoesNotStopTheOthers() throws {
    let desk = try Desk(at: Desk.noon)
    let reference = try openCase(desk)
    let file = try desk.file("room.eml", message())
    #expect(
      try desk.transcript("mail", "add", reference, "nowhere.eml", file, "--quiet") == """
        <record>
        ! casevault: error: nowhere.eml: No such file or directory
        [3]
        """)
    #expect(
      try desk.transcript("mail", "add", reference, "nowhere.eml")
        == "! casevault: error: nowhere.eml: No such file or directory\n[16]")
  }

  private func withAttachment(_ text: String, _ name: String) -> String {
    message(
      id: "att@example.org",
      headers: ["MIME-Version: 1.0", "Content-Type: multipart/mixed; boundary=xx"],
      body: """
        --xx
        Content-Type: text/plain

        See attached.
        --xx
        Content-Type: text/plain; name="\(name)"
        Content-Disposition: attachment; filename="\(name)"

        \(text)
        --xx--

        """)
  }

  /// The limit that the system gives a program at first is low on some; it may go higher.
  @Test func moreMessagesThanFilesMayBeOpenAreFiledAtOnce() throws {
    let desk = try Desk(at: Desk.noon)
    let reference = try openCase(desk)
    for number in 0..<120 {
      try desk.file("mail \(number).eml", message(id: "\(number)@example.org"))
    }
    try desk.unlocked {
      let ended = try desk.shell(
        "ulimit -Sn 50; casevault mail add \(reference) *.eml --quiet",
        environment: Desk.noPassphrase)
      #expect(ended.status == 0, "\(ended.errors)")
      #expect(try desk.records(of: reference).count == 1 + 120)
    }
  }
}
