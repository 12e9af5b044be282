internal import CaseVault
internal import Exchange
internal import FoundationEssentials
internal import VaultFormat

/// Details of a case that come as JSON in any spelling.
enum JSONInput {
  private static let known: Set<String> = ["client", "parties", "topic", "adviser", "channel"]
  private static let knownOfClient: Set<String> = [
    "name", "pseudonym", "student_id", "emails", "phones", "contact", "unsafe",
  ]

  /// Reads details from a file.
  ///
  /// - Throws: `usage` naming what is wrong, and what opening the file throws.
  static func details(_ path: String, _ session: Session) throws -> [String: JSON] {
    let file = try SourceFile(path)
    guard file.size <= CaseDetails.maximumSize else {
      throw VaultError(.usage, "\(file.name) is too large for the details of a case")
    }
    let decoded: Loose
    do {
      decoded = try JSONDecoder().decode(
        Loose.self, from: Data(try file.head(CaseDetails.maximumSize)))
    } catch let error as DecodingError {
      throw VaultError(.usage, "\(file.name) is not JSON", cause: error)
    }
    guard var members = decoded.value.object else {
      throw VaultError(.usage, "\(file.name) is not a JSON object")
    }
    let unknown =
      Set(members.keys).subtracting(known).first
      ?? Set((members["client"]?.object ?? [:]).keys).subtracting(knownOfClient).first
    if let unknown {
      throw VaultError(
        .usage, "\(file.name) has a member \(unknown), which casevault does not keep",
        hint: "only fields with a purpose are kept: " + known.sorted().joined(separator: ", "))
    }
    if let adviser = members["adviser"]?.string {
      members["adviser"] = .string(try session.memberID(adviser))
    }
    return members
  }

  /// JSON in any spelling, with whole numbers.
  private struct Loose: Decodable {
    let value: JSON

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      value =
        if container.decodeNil() {
          .null
        } else if let bool = try? container.decode(Bool.self) {
          .bool(bool)
        } else if let integer = try? container.decode(Int.self),
          JSON.integers.contains(integer)
        {
          .integer(integer)
        } else if let string = try? container.decode(String.self) {
          .string(string)
        } else if let array = try? container.decode([Loose].self) {
          .array(array.map(\.value))
        } else {
          .object(try container.decode([String: Loose].self).mapValues(\.value))
        }
    }
  }
}
