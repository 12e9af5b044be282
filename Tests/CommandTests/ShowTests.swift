import TestSupport
import Testing

/// `casevault show`.
@Suite(.requiresTestClock) struct ShowTests {
  @Test func aNoteShowsItsFactsAndItsText() throws {
    let desk = try Desk(at: Desk.noon)
    let reference = try desk.openCase("--client", "Nadia")
    let note = try desk.note(
      "A call.\nAbout \u{1b}[31mred\u{1b}[0m.", in: reference, "--channel", "video")
    #expect(
      try desk.transcript("show", reference, note) == """
        Record       <record>
        Title        A call.
        Kind         note
        Type         text/plain
        Size         27 bytes
        Work of      2026-11-22
        Recorded     2026-11-22T12:00:00Z by Mara Manager
        Channel      video
        [0]
        """)
    #expect(
      try desk.transcript("show", reference, note, "--text") == """
        A call.
        About \\u{1B}[31mred\\u{1B}[0m.
        [0]
        """)
  }

  @Test func aMessageShowsItsFactsAndItsText() throws {
    let desk = try Desk(at: Desk.noon)
    let reference = try desk.openCase("--client", "Nadia", "--email", "nadia@example.org")
    let mail = try desk.mail(
      message(subject: "=?utf-8?q?Caf=C3=A9?=", body: "H=C3=A9llo\n").replacing(
        "Subject:", with: "Content-Transfer-Encoding: quoted-printable\nSubject:"), in: reference)
    #expect(
      try desk.transcript("show", reference, mail) == """
        Record       <record>
        Title        Café
        Kind         mail received
        Type         message/rfc822
        Size         221 bytes
        Work of      2026-11-20
        Recorded     2026-11-22T12:00:00Z by Mara Manager
        From         Nadia <nadia@example.org>
        To           Advice <advice@example.ac.uk>
        Date         2026-11-20T10:00:00Z
        [0]
        """)
    let text = try desk.casevault("show", reference, mail, "--text").succeeded().output
    #expect(text.contains("Café"))
    #expect(text.contains("Nadia <nadia@example.org>"))
  }

  @Test(.requiresCorpus, .requires("pdftotext")) func aScannedTextIsShown() throws {
    let desk = try Desk(at: Desk.noon)
    let reference = try desk.openCase("--client", "Nadia")
    let scan = try desk.casevault(
      "scan", "add", reference, Corpus.path("scans/acroform.pdf"), "--json"
    ).text("record")
    let shown = try desk.casevault("show", reference, scan, "--text")
    #expect(shown.status == 0)
    #expect(!shown.output.isEmpty)
    #expect(try desk.casevault("show", reference, scan).output.contains("Pages"))
  }

  @Test(.requiresCorpus) func aPictureHasNoText() throws {
    let desk = try Desk(at: Desk.noon)
    let reference = try desk.openCase("--client", "Nadia")
    let scan = try desk.casevault(
      "scan", "add", reference, Corpus.path("scans/linn.png"), "--json"
    ).text("record")
    let shown = try desk.casevault("show", reference, scan, "--text")
    #expect(shown.output.isEmpty)
    #expect(shown.errorMessages.count == 1)
    #expect(shown.status != 0)
  }
}
