import Foundation
import Testing

@Suite("A hostile mail")
struct HostileMailTests {
  private static let head =
    "From: a@b.c\nSubject: bomb\nMessage-ID: <1@x>\nMIME-Version: 1.0\n"
  private let intake = IntakeProgram()

  private static func repeated(_ text: String, _ count: Int) -> String {
    String(repeating: text, count: count)
  }

  /// Each gives facts, in bounded time.
  @Test(
    .timeLimit(.minutes(1)),
    arguments: [
      "nested multiparts", "nested messages", "many parts", "huge header", "many headers",
      "unclosed comments", "NULs", "long subject", "long parameters",
    ])
  func givesFactsAllTheSame(kind: String) throws {
    let text: String
    switch kind {
    case "nested multiparts":
      text = (0..<3_000).reduce(into: Self.head) { text, level in
        text += "Content-Type: multipart/mixed; boundary=b\(level)\n\n--b\(level)\n"
      }
    case "nested messages":
      let level = "Subject: in\nContent-Type: message/rfc822\n\n"
      text = Self.head + "Content-Type: message/rfc822\n\n" + Self.repeated(level, 3_000) + "hi\n"
    case "many parts":
      let parts = Self.repeated("--b\n\nx\n", 100_000)
      text = Self.head + "Content-Type: multipart/mixed; boundary=b\n\n\(parts)--b--\n"
    case "huge header": text = Self.head + "X: " + Self.repeated("a", 30_000_000) + "\n\nhi\n"
    case "many headers": text = Self.head + Self.repeated("X: y\n", 300_000) + "\nhi\n"
    case "unclosed comments": text = Self.head + "To: " + Self.repeated("(", 3_000_000) + "\n\nhi"
    case "NULs": text = Self.head + "X: a\0b\n\nhel\0lo\n"
    case "long subject":
      text = Self.head + "Subject: " + Self.repeated("=?utf-8?q?a?= ", 500_000) + "\n\nhi\n"
    default:
      text = Self.head + "Content-Type: text/plain" + Self.repeated("; a*0=b", 300_000) + "\n\nhi\n"
    }
    let mail = try intake.mail(Data(text.utf8))
    #expect(mail.fromAddresses == ["a@b.c"])
    #expect(mail.subject.unicodeScalars.count <= 998)
    #expect(mail.attachments.count <= 1_000)
    #expect(mail.body.count == 64)
  }

  @Test func partsBeyondMemoryLeaveTheHeaders() throws {
    let parts = Self.repeated("--b\n\n", 4_000_000)
    let text = Self.head + "Content-Type: multipart/mixed; boundary=b\n\n\(parts)--b--\n"
    let mail = try intake.mail(Data(text.utf8))
    #expect(mail.subject == "bomb")
    #expect(mail.defects.contains("too-complex"))
  }

  @Test func timeIsBounded() throws {
    let levels = (0..<900).map {
      "Content-Type: multipart/mixed; boundary=b\($0)\n\n--b\($0)\n"
    }
    let text = Self.head + levels.joined() + Self.repeated("--x\n", 3_000_000)
    let start = ContinuousClock.now
    let outcome = try intake.run(["mail", "--seconds", "1"], on: Data(text.utf8))
    #expect(ContinuousClock.now - start < .seconds(60))
    #expect(outcome.exitCode == 2)
    #expect(outcome.refusal == "the document could not be read in the time allowed")
  }

  @Test func listsAreBounded() throws {
    let people = Self.repeated("x <a@b.c>, ", 5_000)
    let mail = try intake.mail(Data("From: a@b.c\nTo: \(people)\n\nhi\n".utf8))
    #expect(mail.to.count == 1_000)
    #expect(mail.toAddresses.count == 1_000)
  }
}
