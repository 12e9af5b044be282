import CaseVault
import Sealing
import TestSupport
import Testing
import VaultFormat

@Suite struct ReferenceTests {
  private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ")

  private func references(_ count: Int) -> [Reference] {
    (0..<count).map { _ in Reference(random: randomBytes(7)) }
  }

  @Test func everyMistypedCharacterIsFound() {
    for reference in references(20) {
      let characters = Array(reference.text)
      for index in characters.indices where characters[index] != "-" {
        for other in Self.alphabet where other != characters[index] {
          var typed = characters
          typed[index] = other
          #expect(Reference.read(String(typed)) == .mistyped)
        }
      }
    }
  }

  @Test func nearlyEverySwapIsFound() {
    var swaps = 0
    var found = 0
    for reference in references(500) {
      let characters = Array(reference.text.filter { $0 != "-" })
      for index in 0..<7 where characters[index] != characters[index + 1] {
        var typed = characters
        typed.swapAt(index, index + 1)
        swaps += 1
        if Reference.read(String(typed)) == .mistyped { found += 1 }
      }
    }
    #expect(Double(found) > 0.98 * Double(swaps))
  }

  @Test func formsThatPeopleTypeAreRead() throws {
    for reference in references(200) {
      let plain = reference.text.filter { $0 != "-" }
      let forms = [
        reference.text, reference.text.lowercased(), plain, plain.lowercased(),
        plain.replacing("0", with: "O"), plain.replacing("1", with: "I"),
        plain.lowercased().replacing("1", with: "l"), "--\(plain)-",
      ]
      for form in forms { #expect(Reference.read(form) == .whole(reference)) }
      #expect(Reference(reference.text) == reference)
      #expect(Reference(plain) == nil)
      #expect(Reference(reference.text.lowercased()) == nil || plain == plain.lowercased())
      #expect(Reference.read(String(plain.prefix(3))) == .beginning(String(plain.prefix(3))))
      #expect(
        Reference.read(String(plain.prefix(6)))
          == .beginning("\(plain.prefix(4))-\(plain.dropFirst(4).prefix(2))"))
    }
  }

  @Test(arguments: ["", "-", "7K3Q-M2XU", "ÄÖÜ", "7K3QM2XDA"])
  func otherThingsAreNoReference(typed: String) {
    #expect(Reference.read(typed) == .other)
  }

  /// FORMAT §4.7, worked by hand: seven characters 0…0 and 1, then 0…0 and Z.
  @Test(
    arguments: [
      ([0, 0, 0, 0, 0, 0, 0], "0000-0000"), ([0, 0, 0, 0, 0, 0, 1], "0000-001Y"),
      ([0, 0, 0, 0, 0, 1, 0], "0000-010Z"), ([0, 0, 0, 0, 0, 0, 31], "0000-00Z1"),
      ([0, 0, 0, 0, 0, 0, 16], "0000-00GZ"),
    ] as [([UInt8], String)])
  func checkCharacterIsThatOfTheDocument(seven: [UInt8], text: String) {
    #expect(Reference(random: seven).text == text)
  }
}
