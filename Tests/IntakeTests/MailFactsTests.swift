import Foundation
import Testing

@Suite("Facts of a mail")
struct MailFactsTests {
  private let intake = IntakeProgram()

  @Test(.requiresCorpus)
  func everyMailOfTheCorpusGivesFacts() throws {
    #expect(Corpus.mailNames.count == 104)
    for name in Corpus.mailNames {
      let bytes = try Corpus.mail(name)
      let outcome = try intake.run(["mail"], on: bytes)
      #expect(outcome.exitCode == 0, "\(name)")
      let mails = try outcome.mails()
      #expect(mails.count == 1, "\(name)")
      #expect(mails.first.map { $0.offset + $0.length <= bytes.count } == true, "\(name)")
      #expect(mails.first?.body.count == 64, "\(name)")
      #expect(mails.first?.defects.contains("no-headers") == false, "\(name)")
    }
  }

  @Test(.requiresCorpus)
  func japaneseWordsAreDecoded() throws {
    let mail = try intake.mail(Corpus.mail("multi_charset__japanese"))
    #expect(mail.subject == "まみむめも")
    #expect(mail.to == ["みける <raasdnil@gmail.com>"])
    #expect(mail.toAddresses == ["raasdnil@gmail.com"])
    let long = try intake.mail(Corpus.mail("multi_charset__japanese_attachment_long_name"))
    #expect(long.attachments.map(\.name) == [String(repeating: "かきくけこ", count: 5) + ".txt"])
  }

  @Test(.requiresCorpus)
  func attachmentsAreNamedAndMeasured() throws {
    let mail = try intake.mail(Corpus.mail("mime_emails__raw_email7"))
    #expect(mail.attachments.map(\.name) == ["test.rb", "test.pdf", "smime.p7s"])
    let nested = try intake.mail(Corpus.mail("attachment_emails__attachment_message_rfc822"))
    #expect(nested.attachments.map(\.name) == ["Another PDF.eml", "broken.pdf"])
    #expect(nested.attachments.map(\.mediaType) == ["message/rfc822", "application/pdf"])
    #expect(nested.attachments.last?.bytes == 1026)
  }

  @Test(.requiresCorpus)
  func datesKeepTheDayOfTheSender() throws {
    let mail = try intake.mail(Corpus.mail("plain_emails__basic_email"))
    #expect(mail.date == "2008-11-22T04:04:59Z")
    #expect(mail.localDay == "2008-11-22")
    #expect(mail.from == ["Mikel Lindsaar <test@lindsaar.net>"])
    #expect(mail.defects == [])
    let west = try intake.mail(Data("Date: Fri, 31 Dec 2021 22:30:00 -0500\n\nhi\n".utf8))
    #expect(west.date == "2022-01-01T03:30:00Z")
    #expect(west.localDay == "2021-12-31")
  }

  @Test(
    .requiresCorpus,
    arguments: [
      ("error_emails__bad_date_header2", "bad-date"),
      ("error_emails__bad_encoded_subject", "missing-from"),
      ("error_emails__must_supply_encoding", "undecodable-subject"),
      ("error_emails__invalid_subject_characters", "8bit-in-header"),
      ("plain_emails__raw_email_bad_time", "bad-date"),
      ("multi_charset__japanese", "missing-message-id"),
      ("mime_emails__raw_email4", "truncated-multipart"),
    ])
  func brokenRulesAreNamed(name: String, defect: String) throws {
    #expect(try intake.mail(Corpus.mail(name)).defects.contains(defect))
  }

  @Test(.requiresCorpus)
  func headerWithBlankBeforeItsColonIsNoMbox() throws {
    let mail = try intake.mail(Corpus.mail("rfc2822__example13"))
    #expect(!mail.mbox)
    #expect(mail.fromAddresses == ["jdoe@machine.example"])
  }

  @Test func unknownCharsetIsNamed() throws {
    let text = "From: a@b.c\nContent-Type: text/plain; charset=x-nowhere\n\nhi\n"
    #expect(try intake.mail(Data(text.utf8)).defects.contains("unknown-charset"))
  }

  @Test func idsLoseTheirBrackets() throws {
    let text = "From: a@b.c\nMessage-ID: <one@x>\nIn-Reply-To: <two@y> (of Monday)\n\nhi\n"
    let mail = try intake.mail(Data(text.utf8))
    #expect(mail.messageID == "one@x")
    #expect(mail.inReplyTo == "two@y")
  }

  @Test func bodyIsTheSameWhateverItsTransferEncoding() throws {
    let plain = "From: a@b.c\nContent-Type: text/plain\n\nhi"
    let coded = """
      From: d@e.f\nContent-Type: text/plain\nContent-Transfer-Encoding: base64\n\naGk=\n
      """
    let other = "From: a@b.c\nContent-Type: text/plain\n\nho"
    let body = try intake.mail(Data(plain.utf8)).body
    // SHA-256 of 02 00 00 00 00 00 00 00 68 69
    #expect(body == "ea3157669b71381037d848d081f57ddf3de78a3266a0c54321ef9df27413c7c7")
    #expect(try intake.mail(Data(coded.utf8)).body == body)
    #expect(try intake.mail(Data(other.utf8)).body != body)
  }

  @Test func controlCharactersBecomeBlanks() throws {
    let text = "From: a@b.c\nSubject: =?utf-8?q?red=1B[31m=0Aand=E2=80=AEback?=\n\nhi\n"
    #expect(try intake.mail(Data(text.utf8)).subject == "red [31m and back")
  }

  @Test func whatIsNoMailStillGivesALine() throws {
    var random = SystemRandomNumberGenerator()
    let noise = Data((0..<10_000).map { _ in UInt8.random(in: 0...255, using: &random) })
    for bytes in [Data("%PDF-1.7\n1 0 obj\n".utf8), noise] {
      let mail = try intake.mail(bytes)
      #expect(mail.defects.contains("no-headers"))
      #expect(mail.length == bytes.count)
    }
  }

  @Test func emptyFileIsRefused() throws {
    let outcome = try intake.run(["mail"], on: Data())
    #expect(outcome.exitCode == 2)
    #expect(outcome.refusal == "the file is empty")
  }

  @Test(.requiresCorpus)
  func aPipeIsReadLikeAFile() throws {
    let bytes = try Corpus.mail("mime_emails__raw_email7")
    let fromFile = try intake.run(["mail"], on: bytes)
    let fromPipe = try intake.run(["mail"], on: bytes, throughPipe: true)
    #expect(fromFile.output == fromPipe.output)
  }
}
