import Foundation
import Testing

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// What some tests need of the machine.
enum Needs {
  static func finds(_ program: String) -> Bool {
    ["/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin", "/sbin"].contains { folder in
      FileManager.default.isExecutableFile(atPath: "\(folder)/\(program)")
    }
  }

  static let largeTests = ProcessInfo.processInfo.environment["CASEVAULT_LARGE_TESTS"] == "1"
  static let hasTime = FileManager.default.isExecutableFile(atPath: "/usr/bin/time")
  static let hasTestClock = (try? Desk.testClock.get()) != nil
  static let isRoot = getuid() == 0
  static let isLinux = FileManager.default.fileExists(atPath: "/proc/self/status")
}

extension Trait where Self == ConditionTrait {
  static func requires(_ programs: String...) -> Self {
    .enabled(
      if: programs.allSatisfy(Needs.finds),
      "not all of \(programs.joined(separator: ", ")) are installed")
  }

  static var requiresTestClock: Self {
    .enabled(if: Needs.hasTestClock, "the clock of tests is not there to be preloaded")
  }
  static var requiresLinux: Self { .enabled(if: Needs.isLinux, "this needs /proc") }
  static var requiresCorpus: Self {
    .enabled(if: Corpus.isPresent, "shared/corpus is not beside the package")
  }
  static var isLarge: Self {
    .enabled(if: Needs.largeTests, "CASEVAULT_LARGE_TESTS is not 1")
  }
}

/// Real mails and scans that nobody on this project wrote, in `shared/corpus`
/// beside the package.
enum Corpus {
  static let package = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  static let folder = package.deletingLastPathComponent().appendingPathComponent("shared/corpus")
    .path

  static let isPresent = FileManager.default.fileExists(atPath: folder)

  static var mails: [String] { names(in: "mail").filter { $0.hasSuffix(".eml") } }
  /// Whole scans of kinds that the decoders know.
  static var scans: [String] {
    names(in: "scans").filter { !["invalid.pdf", "tagged.odt"].contains($0) }
  }

  static func path(_ name: String) -> String { "\(folder)/\(name)" }

  static func bytes(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(fileURLWithPath: path(name))))
  }

  private static func names(in subfolder: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: path(subfolder))) ?? []).sorted()
  }
}
