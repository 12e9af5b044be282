import Foundation
import Testing

@Suite("An mbox")
struct MboxTests {
  private let intake = IntakeProgram()
  private let marker = Data("From bob@example.org Mon Jan  3 10:00:00 2022\n".utf8)

  @Test(.requiresCorpus)
  func splitsIntoExactlyTheBytesOfItsMails() throws {
    let names = [
      "plain_emails__basic_email_lf", "mime_emails__raw_email7", "multi_charset__japanese",
      "attachment_emails__attachment_nonascii_filename", "mime_emails__two_from_in_message",
      "plain_emails__raw_email10",
    ]
    let mails = try names.map { name in
      var mail = try Corpus.mail(name)
      if mail.last != UInt8(ascii: "\n") { mail.append(UInt8(ascii: "\n")) }
      return mail
    }
    let mbox = mails.reduce(into: Data()) { mbox, mail in
      mbox.append(marker + mail + Data("\n".utf8))
    }
    let facts = try intake.mails(in: mbox)
    #expect(facts.count == mails.count)
    for (fact, mail) in zip(facts, mails) {
      #expect(fact.mbox)
      #expect(mbox[fact.offset..<fact.offset + fact.length] == mail)
      let alone = try intake.mail(mail)
      #expect(fact.subject == alone.subject)
      #expect(fact.body == alone.body)
      #expect(fact.attachments == alone.attachments)
    }
  }

  @Test func sentenceThatBeginsWithFromCutsNothing() throws {
    let letter = "From: a@b.c\nSubject: x\n\nDear Bob,\n\nFrom Monday on it is 10:00.\n\nBye\n"
    let mbox = marker + Data((letter + "\n").utf8) + marker + Data("Subject: y\n\nhi\n".utf8)
    let facts = try intake.mails(in: mbox)
    #expect(facts.map(\.subject) == ["x", "y"])
    #expect(facts.first?.length == letter.utf8.count)
  }

  @Test(.requiresCorpus)
  func contentLengthCarriesOverMarkersWithinAMessage() throws {
    // Holds a message that begins with a "From " line.
    let mail = try Corpus.mail("attachment_emails__attachment_message_rfc822")
    let end = try #require(mail.firstRange(of: Data("\r\n\r\n".utf8))).upperBound
    let told = Data("Content-Length: \(mail.count - end)\r\n".utf8) + mail
    let mbox = marker + told + Data("\n".utf8) + marker + Data("Subject: y\n\nhi\n".utf8)
    let facts = try intake.mails(in: mbox)
    #expect(facts.map(\.length) == [told.count, 15])
    // One that lies is not believed.
    let lie = marker + Data("Content-Length: 3\n\nhello\n\n".utf8) + mbox
    #expect(try intake.mails(in: lie).first?.length == 25)
  }

  @Test(arguments: [
    "From - Mon Jan 03 10:00:00 2022", "From bob at example.org  Mon Jan  3 10:00:00 2022",
    "From 1720@xxx Mon Jan 03 10:00:00 +0000 2022", "From MAILER-DAEMON Mon Jan  3 10:00 2022",
  ])
  func linesOfKnownProgramsAreMarkers(line: String) throws {
    let mbox = marker + Data("Subject: x\n\nhi\n\n\(line)\nSubject: y\n\nho\n".utf8)
    #expect(try intake.mails(in: mbox).map(\.subject) == ["x", "y"])
  }

  @Test func markerAcrossWindowsIsFound() throws {
    // The program reads windows of 256 KiB.
    let head = marker.count + "Subject: x\n\n".utf8.count
    for shift in -8...8 {
      let filler = String(repeating: "a", count: (1 << 18) - head + shift) + "\n\n"
      let mbox = marker + Data(("Subject: x\n\n" + filler).utf8) + marker + Data("\n".utf8)
      #expect(try intake.mails(in: mbox).count == 2)
    }
  }

  @Test func hostileMessageDoesNotCostTheOthers() throws {
    let groups = "From: " + String(repeating: "g:", count: 1_000_000) + ";\n\nhi\n"
    let mbox =
      marker + Data("Subject: x\n\nhi\n\n".utf8) + marker + Data((groups + "\n").utf8)
      + marker + Data("Subject: y\n\nho\n".utf8)
    for throughPipe in [false, true] {
      let facts = try intake.run(["mail"], on: mbox, throughPipe: throughPipe).mails()
      #expect(facts.map(\.subject) == ["x", "", "y"])
      #expect(facts.dropFirst().first?.defects.contains("too-complex") == true)
      #expect(facts.dropFirst().first?.length == groups.utf8.count)
    }
  }
}
