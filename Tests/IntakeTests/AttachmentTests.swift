import Foundation
import Testing

@Suite("An attachment")
struct AttachmentTests {
  private let intake = IntakeProgram()

  @Test(.requiresCorpus)
  func comesOutAsItWasMeasured() throws {
    for name in Corpus.mailNames {
      let bytes = try Corpus.mail(name)
      for (index, attachment) in try intake.mail(bytes).attachments.enumerated() {
        let outcome = try intake.run(["attachment", "\(index + 1)"], on: bytes)
        #expect(outcome.exitCode == 0, "\(name)")
        #expect(outcome.output.count == attachment.bytes, "\(name) \(attachment.name)")
      }
    }
  }

  @Test(.requiresCorpus)
  func isDecoded() throws {
    let mail = try Corpus.mail("attachment_emails__attachment_pdf")
    #expect(try intake.run(["attachment", "1"], on: mail).output.starts(with: "%PDF-".utf8))
    let nested = try Corpus.mail("attachment_emails__attachment_message_rfc822")
    let inner = try intake.run(["attachment", "1"], on: nested).output
    #expect(try intake.mail(inner).attachments.map(\.name) == ["broken.pdf"])
  }

  @Test(.requiresCorpus)
  func thatDoesNotExistIsRefused() throws {
    let mail = try Corpus.mail("attachment_emails__attachment_pdf")
    let outcome = try intake.run(["attachment", "2"], on: mail)
    #expect(outcome.exitCode == 2)
    #expect(outcome.refusal == "the mail has 1 attachments, none with number 2")
  }

  @Test(arguments: [
    ["attachment", "0"], ["attachment"], ["scan", "x"], ["mail", "--seconds"], [],
  ])
  func senselessWordsAreRefused(arguments: [String]) throws {
    #expect(try intake.run(arguments, on: Data("x".utf8)).exitCode == 64)
  }
}
