import Foundation
import Testing

@Suite("A scan", .requires("pdftoppm"), .requires("vips"), .requires("tiffinfo"))
struct ScanTests {
  private let intake = IntakeProgram()

  @Test(.requiresCorpus, arguments: Corpus.scanNames)
  func ofTheCorpusIsAccepted(name: String) throws {
    let outcome = try intake.run(["scan"], on: Corpus.scan(name))
    #expect(outcome.exitCode == 0, "\(outcome.text)")
  }

  @Test(
    .requiresCorpus,
    arguments: [
      ("multipage.pdf", Scan(mediaType: "application/pdf", pages: 6)),
      ("linn.png", Scan(mediaType: "image/png", pages: 1, width: 2550, height: 3300)),
      ("baiona_color.jpg", Scan(mediaType: "image/jpeg", pages: 1, width: 640, height: 682)),
      ("colour-lzw.tiff", Scan(mediaType: "image/tiff", pages: 1, width: 640, height: 682)),
      ("fax-g4-two-pages.tiff", Scan(mediaType: "image/tiff", pages: 2, width: 4000, height: 2864)),
    ])
  func isDescribed(name: String, scan: Scan) throws {
    for throughPipe in [false, true] {
      let outcome = try intake.run(
        ["scan"], on: Corpus.scan(name), throughPipe: throughPipe)
      #expect(try outcome.decoded() == scan)
    }
  }

  @Test(.requiresCorpus)
  func thatIsInvalidIsRefused() throws {
    let invalid = try intake.run(["scan"], on: Corpus.scan("invalid.pdf"))
    #expect(invalid.exitCode == 2)
    #expect(invalid.refusal?.contains("damaged") == true)
    let letter = try intake.run(["scan"], on: Corpus.scan("tagged.odt"))
    #expect(letter.exitCode == 2)
    #expect(letter.refusal == "the file is not one of PDF, TIFF, JPEG, PNG, HEIC")
  }

  @Test(.requiresCorpus, arguments: Corpus.scanNames)
  func thatIsDamagedIsRefused(name: String) throws {
    let whole = try Corpus.scan(name)
    let half = whole.prefix(whole.count / 2)
    let zeroTail =
      whole.prefix(whole.count * 3 / 4) + Data(count: whole.count - whole.count * 3 / 4)
    for (damage, bytes) in [("half", half), ("zero tail", zeroTail)] {
      let outcome = try intake.run(["scan"], on: Data(bytes))
      #expect(outcome.exitCode == 2, "\(damage): \(outcome.text)")
      #expect(outcome.refusal != nil)
    }
  }

  @Test(.requiresCorpus, arguments: ["linn.png", "baiona_color.jpg"])
  func mustEndWhereItEnds(name: String) throws {
    let whole = try Corpus.scan(name)
    let junk = try intake.run(["scan"], on: whole + Data("junk".utf8))
    #expect(junk.refusal?.contains("4 bytes follow its end") == true)
    #expect(try intake.run(["scan"], on: whole.dropLast()).exitCode == 2)
  }

  @Test(.requiresCorpus, arguments: ["colour-lzw.tiff", "fax-g4-two-pages.tiff"])
  func withAHoleIsRefused(name: String) throws {
    var bytes = try Corpus.scan(name)
    bytes.replaceSubrange(30_000..<40_000, with: Data(count: 10_000))
    #expect(try intake.run(["scan"], on: bytes).exitCode == 2)
  }

  @Test func lockedPDFIsRefused() throws {
    let outcome = try intake.run(["scan"], on: lockedPDF())
    #expect(outcome.exitCode == 2)
    #expect(outcome.refusal == "the PDF is encrypted with a password")
  }

  @Test func hugePNGIsRefusedUnseen() throws {
    let outcome = try intake.run(["scan"], on: png(width: 100_000, height: 100_000))
    #expect(outcome.exitCode == 2)
    #expect(outcome.refusal == "too large to decode: 100000 by 100000 pixels on page 1")
  }

  @Test(.requiresCorpus, .requires("heif-enc"))
  func telephonePictureIsDecoded() throws {
    let heic = try heicPicture()
    let scan = Scan(mediaType: "image/heic", pages: 1, width: 640, height: 682)
    #expect(try intake.run(["scan"], on: heic).decoded() == scan)
    let zeroTail = heic.prefix(heic.count * 3 / 4) + Data(count: heic.count / 4)
    for bytes in [heic.prefix(heic.count / 2), heic.dropLast(), zeroTail, heic + Data("junk".utf8)]
    {
      #expect(try intake.run(["scan"], on: Data(bytes)).exitCode == 2)
    }
  }
}
