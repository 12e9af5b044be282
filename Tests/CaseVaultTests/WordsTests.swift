import CaseVault
import Sealing
import TestSupport
import Testing
import VaultFormat

/// FORMAT §6.6: the words that two people compare.
@Suite struct WordsTests {
  @Test func theListIsThatOfBIP39() {
    let words = WordList.words
    #expect(words.count == 2_048)
    #expect(words == words.sorted())
    #expect(Set(words.map { $0.prefix(4) }).count == 2_048)
    let file = words.map { "\($0)\n" }.joined()
    #expect(
      SHA256.hex(of: Array(file.utf8))
        == "2f5eed53a4727b4bf8880d8f3f199efc90e58503646d9ff8eff3a2ed3b24dbda")
  }

  /// Computed a second time, by the document.
  @Test func theWordsAreThoseOfTheHash() throws {
    let office = try Office()
    let ada = try office.enrol("Ada")
    let head = try office.vault().roster.heads[0]
    let message =
      office.vaultID.bytes + head.bytes + ada.identity.signing.publicKey.array
      + ada.identity.unlockPublic.bytes
    let digest = hash(Label("cv1.words"), message).array
    let bits = digest.prefix(11).map { byte in
      let digits = String(byte, radix: 2)
      return String(repeating: "0", count: 8 - digits.count) + digits
    }.joined()
    var words: [Substring] = []
    for start in stride(from: 0, to: 88, by: 11) {
      let number = try Int(bits.dropFirst(start).prefix(11), radix: 2).orThrow()
      words.append(WordList.words[number])
    }
    #expect(ada.words == words.joined(separator: " "))
  }
}
