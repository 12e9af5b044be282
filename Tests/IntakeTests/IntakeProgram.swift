import Foundation

/// The real `casevault-intake`, built beside the tests.
struct IntakeProgram {
  struct Outcome {
    let exitCode: Int32
    let output: Data

    var text: String { String(decoding: output, as: UTF8.self) }

    func decoded<Value: Decodable>(as type: Value.Type = Value.self) throws -> Value {
      try JSONDecoder().decode(type, from: output)
    }

    /// The reason of a refusal.
    var refusal: String? { try? decoded(as: [String: String].self)["refused"] }

    func mails() throws -> [Mail] {
      try output.split(separator: UInt8(ascii: "\n"))
        .map { try JSONDecoder().decode(Mail.self, from: $0) }
    }
  }

  var path: String?

  /// Runs the program on `input`.
  ///
  /// - Parameter throughPipe: Lets it read a pipe instead of a file.
  func run(
    _ arguments: [String], on input: Data, throughPipe: Bool = false
  ) throws -> Outcome {
    let process = Process()
    process.executableURL = try Self.location()
    process.arguments = arguments
    if let path {
      process.environment = ["PATH": path]
    }
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    let file = FileManager.default.temporaryDirectory
      .appendingPathComponent("intake-tests-\(UUID().uuidString)")
    try input.write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    let pipe = Pipe()
    process.standardInput = throughPipe ? pipe : try FileHandle(forReadingFrom: file)
    try process.run()
    if throughPipe {
      let writer = pipe.fileHandleForWriting
      Thread.detachNewThread {
        try? writer.write(contentsOf: input)
        try? writer.close()
      }
    }
    let data = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return Outcome(exitCode: process.terminationStatus, output: data)
  }

  func mails(in input: Data) throws -> [Mail] {
    try run(["mail"], on: input).mails()
  }

  /// Runs on a mail that holds one message.
  func mail(_ input: Data) throws -> Mail {
    guard let mail = try mails(in: input).first else { throw NothingAnswered() }
    return mail
  }

  struct NothingAnswered: Error {}
  struct NotBuilt: Error {}

  private static func location() throws -> URL {
    let bundles = Bundle.allBundles.filter { $0.bundlePath.hasSuffix(".xctest") }
      .map { $0.bundleURL.deletingLastPathComponent() }
    let beside = URL(fileURLWithPath: CommandLine.arguments.first ?? "")
      .deletingLastPathComponent()
    for folder in bundles + [beside, Bundle.main.bundleURL] {
      let program = folder.appendingPathComponent("casevault-intake")
      if FileManager.default.isExecutableFile(atPath: program.path) { return program }
    }
    throw NotBuilt()
  }
}

/// One line of the answer to `mail`.
struct Mail: Decodable {
  struct Attachment: Decodable, Equatable {
    let name: String
    let mediaType: String
    let bytes: Int

    private enum CodingKeys: String, CodingKey {
      case name, bytes
      case mediaType = "media_type"
    }
  }

  let offset: Int
  let length: Int
  let mbox: Bool
  let messageID: String?
  let inReplyTo: String?
  let date: String?
  let localDay: String?
  let from: [String]
  let to: [String]
  let fromAddresses: [String]
  let toAddresses: [String]
  let subject: String
  let attachments: [Attachment]
  let body: String
  let defects: [String]

  private enum CodingKeys: String, CodingKey {
    case offset, length, mbox, date, from, to, subject, attachments, body, defects
    case messageID = "message_id"
    case inReplyTo = "in_reply_to"
    case localDay = "date_local_day"
    case fromAddresses = "from_addresses"
    case toAddresses = "to_addresses"
  }
}

/// The answer to `scan`.
struct Scan: Decodable, Equatable {
  let mediaType: String
  let pages: Int
  var width: Int?
  var height: Int?

  private enum CodingKeys: String, CodingKey {
    case pages, width, height
    case mediaType = "media_type"
  }
}
