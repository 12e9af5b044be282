import Foundation
import Testing

/// One file of Vault/vectors; its README says what the members are.
struct Vector: Decodable, Sendable, CustomTestStringConvertible {
  let about: String
  let section: String
  let answer: String
  let wrong: String?
  private let bytes: [String: Data]?
  private let text: [String: String]?
  private let numbers: [String: Int]?
  private var path: String?

  var testDescription: String { "\(path ?? ""): \(about)" }
  var isGood: Bool { answer == "ok" }

  func bytes(_ name: String) throws -> [UInt8] { try Array(#require(bytes?[name])) }
  func text(_ name: String) throws -> String { try #require(text?[name]) }
  func number(_ name: String) throws -> Int { try #require(numbers?[name]) }

  /// What may be absent.
  func bytes(ifThere name: String) -> [UInt8]? { bytes?[name].map(Array.init) }
  func number(ifThere name: String) -> Int? { numbers?[name] }

  static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../Vault/vectors").standardizedFileURL

  /// The vectors of one folder, by name.
  static func all(_ name: String) throws -> [Vector] {
    let folder = folder.appending(path: name)
    return try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted().map { file in
      try named("\(name)/\(file.dropLast(".json".count))")
    }
  }

  /// One vector, as `folder/name`.
  static func named(_ name: String) throws -> Vector {
    let text = try Data(contentsOf: folder.appending(path: name + ".json"))
    var vector = try JSONDecoder().decode(Vector.self, from: text)
    vector.path = name
    return vector
  }

  /// The folders that there are.
  static func folders() throws -> Set<String> {
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    return Set(names).subtracting(["README.md"])
  }
}
