import Foundation
import Testing

/// Real mails and scans that nobody on this project wrote, in `shared/corpus` beside the package.
enum Corpus {
  static let folder = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("shared/corpus")

  static let isPresent = FileManager.default.fileExists(atPath: folder.path)

  static func mail(_ name: String) throws -> Data {
    try Data(contentsOf: folder.appendingPathComponent("mail/\(name).eml"))
  }

  static func scan(_ name: String) throws -> Data {
    try Data(contentsOf: folder.appendingPathComponent("scans/\(name)"))
  }

  static let mailNames: [String] = names(in: "mail")
    .filter { $0.hasSuffix(".eml") }.map { String($0.dropLast(4)) }

  static let scanNames = names(in: "scans").filter { $0 != "invalid.pdf" && $0 != "tagged.odt" }

  private static func names(in subfolder: String) -> [String] {
    let path = folder.appendingPathComponent(subfolder).path
    return (try? FileManager.default.contentsOfDirectory(atPath: path).sorted()) ?? []
  }
}

extension Trait where Self == ConditionTrait {
  static var requiresCorpus: Self {
    .enabled(if: Corpus.isPresent, "shared/corpus is not beside the package")
  }

  static func requires(_ program: String) -> Self {
    .enabled(if: findsProgram(program), "\(program) is not installed")
  }
}

private func findsProgram(_ name: String) -> Bool {
  (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    .contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(name)") }
}
