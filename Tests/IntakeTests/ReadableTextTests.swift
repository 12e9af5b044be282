import Foundation
import Testing

@Suite("Words to read")
struct ReadableTextTests {
  private let intake = IntakeProgram()

  @Test(.requiresCorpus)
  func ofAMailAreWhoWhenWhatAndItsAttachments() throws {
    let mail = try Corpus.mail("multi_charset__japanese_attachment")
    let text = try intake.run(["text", "message/rfc822"], on: mail).text
    #expect(text.hasPrefix("From: Mikel Lindsaar <raasdnil@gmail.com>\nTo: "))
    #expect(text.contains("\nSubject: testing\n\n"))
    #expect(text.contains("\nAttachments:\n1. てすと.txt (text/plain, 33 bytes)\n"))
  }

  @Test func ofHTMLHaveNoTags() throws {
    let html = """
      <html><head><title>no</title><style>p {}</style></head><body><p>One &amp; two</p>
      <script>alert("no")</script><!-- no --><div>three<br>f&#111;ur &lt; 5</div></body></html>
      """
    let text = try intake.run(["text", "text/html"], on: Data(html.utf8)).text
    #expect(text == "One & two\nthree\nfour < 5\n")
    let mail = "From: a@b.c\nContent-Type: text/html\n\n" + html
    #expect(
      try intake.run(["text", "message/rfc822"], on: Data(mail.utf8)).text
        .hasSuffix("\n\nOne & two\nthree\nfour < 5\n"))
  }

  @Test(.requiresCorpus, .requires("pdftotext"))
  func ofAPDFAreItsText() throws {
    let outcome = try intake.run(["text", "application/pdf"], on: Corpus.scan("multipage.pdf"))
    #expect(outcome.exitCode == 0)
    #expect(outcome.text.contains("Percentage"))
  }

  @Test(
    arguments: [
      ("text/plain", [0x63, 0x61, 0x66, 0xc3, 0xa9]), ("text/plain", [0x63, 0x61, 0x66, 0xe9]),
      ("text/plain; charset=iso-8859-1", [0x63, 0x61, 0x66, 0xe9]),
      ("text/csv", [0xff, 0xfe, 0x63, 0, 0x61, 0, 0x66, 0, 0xe9, 0]),
    ] as [(String, [UInt8])])
  func areUTF8WhateverTheyWere(type: String, bytes: [UInt8]) throws {
    #expect(try intake.run(["text", type], on: Data(bytes)).text == "café\n")
  }

  @Test func moveNoCursor() throws {
    let text = try intake.run(["text", "text/plain"], on: Data("a\u{1b}[2Jb\r\nc\td".utf8)).text
    #expect(text == "a [2Jb\nc\td\n")
  }

  @Test func ofAPictureAreRefused() throws {
    let outcome = try intake.run(["text", "image/png"], on: Data("x".utf8))
    #expect(outcome.exitCode == 2)
    #expect(outcome.refusal == "image/png cannot be shown as text")
  }
}
