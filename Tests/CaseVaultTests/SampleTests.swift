import CaseVault
import Foundation
import Storage
import Testing
import VaultFormat

/// What this program and the second reader make of Vault/samples is the same.
@Suite struct SampleTests {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../Vault/samples").standardizedFileURL

  private struct Expected: Decodable {
    struct Somebody: Decodable {
      let kind: String
      let name: String
    }
    let stateWords: String
    let staff: [Somebody]

    enum CodingKeys: String, CodingKey {
      case stateWords = "state_words"
      case staff
    }
  }

  @Test func theSampleOfTheSecondVersionShowsTheStateThatItWasMadeWith() throws {
    let text = try Data(contentsOf: Self.folder.appending(path: "v2.expected.json"))
    let expected = try JSONDecoder().decode(Expected.self, from: text)
    let vault = try Vault(Folder(Self.folder.appending(path: "v2").path))
    #expect(try vault.stateWords().text == expected.stateWords)
    #expect(
      vault.roster.members.map(\.name)
        == expected.staff.filter { $0.kind == "member" }.map(\.name))
  }
}
