import Subprocess
import SystemPackage

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A program of the system that decodes documents, run in a child with little to spend.
///
/// The child reads the document as its standard input, may write to no file at all, holds no core,
/// and sees of the environment only where programs are and how text is coded.
struct Decoder {
  /// What a child answered.
  struct Outcome {
    let isSuccess: Bool
    let output: [UInt8]
    let complaints: String
  }

  let program: String
  /// The Debian package it comes in.
  let package: String

  static let pdfinfo = Decoder(program: "pdfinfo", package: "poppler-utils")
  static let pdftoppm = Decoder(program: "pdftoppm", package: "poppler-utils")
  static let pdftotext = Decoder(program: "pdftotext", package: "poppler-utils")
  static let tiffinfo = Decoder(program: "tiffinfo", package: "libtiff-tools")
  static let vips = Decoder(program: "vips", package: "libvips-tools")
  static let vipsheader = Decoder(program: "vipsheader", package: "libvips-tools")

  /// The most that a child may complain, in bytes.
  private static let complaintLimit = 1 << 18

  /// Runs the program and returns what it said.
  ///
  /// - Parameter outputLimit: The most that is taken of its output; 0 sends it nowhere.
  /// - Throws: A refusal when it is not installed, does not end in time, or says too much.
  func run(_ arguments: [String], outputLimit: Int, by deadline: Deadline) async throws -> Outcome {
    let path = try await installedPath()
    let late = Refusal(
      .unreadable,
      "the file could not be decoded within \(deadline.seconds) seconds: too large, or damaged")
    return try await withThrowingTaskGroup(of: Outcome?.self) { group in
      group.addTask {
        try await Self.outcome(of: path, arguments, outputLimit: outputLimit, by: deadline)
      }
      group.addTask {
        try await Task.sleep(for: deadline.remaining)
        return nil
      }
      // Leaving the group cancels the child, which is then killed and reaped.
      defer { group.cancelAll() }
      guard let first = try await group.next(), let outcome = first else { throw late }
      return outcome
    }
  }

  private func installedPath() async throws -> FilePath {
    do {
      return try await Executable.name(program).resolveExecutablePath(in: Self.environment)
    } catch {
      throw Refusal(.decoderMissing, "\(program) is not installed: apt install \(package)")
    }
  }

  private static func outcome(
    of path: FilePath, _ arguments: [String], outputLimit: Int, by deadline: Deadline
  ) async throws -> Outcome {
    var options = PlatformOptions()
    options.createSession = true
    let configuration = Configuration(
      executable: .path("/bin/sh"),
      arguments: Arguments(["-c", limits(by: deadline), path.string] + arguments),
      environment: environment, workingDirectory: "/", platformOptions: options)
    do {
      if outputLimit == 0 {
        let result = try await Subprocess.run(
          configuration, input: .currentStandardInput, output: .discarded,
          error: .bytes(limit: complaintLimit))
        return Outcome(result.terminationStatus, [], result.standardError)
      }
      let result = try await Subprocess.run(
        configuration, input: .currentStandardInput, output: .bytes(limit: outputLimit),
        error: .bytes(limit: complaintLimit))
      return Outcome(result.terminationStatus, result.standardOutput, result.standardError)
    } catch let error as SubprocessError where error.code == .outputLimitExceeded {
      throw Refusal(.unreadable, "the file is damaged, or makes its decoder say too much")
    }
  }

  /// A script that binds itself and then becomes the decoder.
  ///
  /// The signal for a file too large is ignored so that a library that would only like to write its
  /// cache goes on without.
  private static func limits(by deadline: Deadline) -> String {
    let seconds = max(1, deadline.remaining.components.seconds + 1)
    return """
      trap '' XFSZ; ulimit -f 0; ulimit -c 0; ulimit -t \(seconds); \
      ulimit -v \(memoryLimit >> 10) 2>/dev/null; exec "$0" "$@"
      """
  }

  private static let environment = Environment.custom([
    "PATH": getenv("PATH").map { String(cString: $0) } ?? "/usr/local/bin:/usr/bin:/bin",
    "LANG": "C.UTF-8",
    // Nothing spills to disk; loaders not meant for strangers' files stay shut.
    "VIPS_DISC_THRESHOLD": "1000g", "VIPS_BLOCK_UNTRUSTED": "1", "VIPS_CONCURRENCY": "1",
  ])
}

extension Decoder.Outcome {
  fileprivate init(_ status: TerminationStatus, _ output: [UInt8], _ complaints: [UInt8]) {
    isSuccess = status.isSuccess
    self.output = output
    self.complaints = String(decoding: complaints, as: UTF8.self)
  }

  /// The value after `label` on the first line of the output that starts with it.
  func value(after label: String) -> String? {
    String(decoding: output, as: UTF8.self)
      .split(separator: "\n").first { $0.hasPrefix(label) }
      .map { plainLine($0.dropFirst(label.count)) }
  }
}
