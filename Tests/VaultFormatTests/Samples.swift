import Testing
import VaultFormat

/// One good file of each kind, and how it is read and written again.
struct Sample: Sendable, CustomTestStringConvertible {
  let name: String
  let bytes: [UInt8]
  /// Reads the bytes and gives what the reader would write.
  let rewritten: @Sendable ([UInt8]) throws(FormatError) -> [UInt8]
  /// Whether what can be read can only be written as it was.
  var isExact = true

  var testDescription: String { name }

  static func all() throws -> [Sample] {
    try [
      Sample(name: "casevault.json", bytes: file("descriptor/good")) {
        (bytes) throws(FormatError) in try VaultDescriptor(bytes).bytes
      }.inexact,
      Sample(name: "record header", bytes: Array(file("record/1-bytes").prefix(208))) {
        (bytes) throws(FormatError) in try RecordHeader(bytes).bytes
      },
      Sample(name: "manifest plaintext", bytes: file("manifest-plaintext/good", "plaintext")) {
        (bytes) throws(FormatError) in
        let parts = try Manifest.parts(of: bytes)
        return try Manifest.plaintext(json: parts.json, signature: parts.signature)
      },
      Sample(name: "manifest", bytes: file("manifest/replaces", "json")) {
        (bytes) throws(FormatError) in try Manifest(json: bytes).json()
      }.inexact,
      statement("statement", "statement/good"), statement("sealed", "statement/sealed"),
      roster("roster found", "roster/found"), roster("roster admit", "roster/admit"),
      roster("roster kinds", "roster/kinds"), roster("roster device", "roster/device"),
      roster("countersignature", "roster/countersignature"),
      Sample(name: "request", bytes: file("request/good", "json")) {
        (bytes) throws(FormatError) in
        guard let members = try JSON(canonical: bytes).object else { throw .notCanonical }
        return JSON.object(try EnrolmentRequest(members).members).canonical
      }.inexact,
      Sample(name: "epoch document", bytes: file("epoch/good")) { (bytes) throws(FormatError) in
        let statement = try Statement(bytes)
        return JSON.object(try EpochDocument(try statement.members()).members).canonical
      }.inexact,
      Sample(name: "unlock key", bytes: file("unlock-key/second", "json")) {
        (bytes) throws(FormatError) in
        guard let members = try JSON(canonical: bytes).object else { throw .notCanonical }
        return JSON.object(try UnlockKeyEntry(members).members).canonical
      }.inexact,
      Sample(name: "key segment", bytes: file("key-segment/good")) { (bytes) throws(FormatError) in
        try KeySegment(bytes).bytes
      },
      Sample(name: "grant", bytes: file("grant/master-key")) { (bytes) throws(FormatError) in
        try Grant(bytes).bytes
      },
      Sample(name: "index segment", bytes: file("index-segment/good")) {
        (bytes) throws(FormatError) in try IndexSegment(bytes).bytes
      },
      Sample(name: "index row", bytes: file("index-row/good", "row")) {
        (bytes) throws(FormatError) in try IndexRow(bytes).bytes
      }.inexact,
      Sample(name: "identity", bytes: file("identity/1-unlock-keys")) {
        (bytes) throws(FormatError) in try IdentityFile(bytes).bytes
      },
      Sample(name: "log segment", bytes: LogSamples.segment()) { (bytes) throws(FormatError) in
        let read = try LogSegment(bytes)
        var again = try LogSegment(
          read.head, witnesses: read.witnesses, replaced: read.replaced, run: Array(read.run),
          count: read.entries.count)
        again.sign(read.signature)
        return again.bytes
      },
      Sample(name: "log spool header", bytes: LogSamples.spoolHeader.bytes) {
        (bytes) throws(FormatError) in try LogSpoolHeader(bytes).bytes
      },
      Sample(name: "log body", bytes: LogSamples.body.plaintext()) {
        (bytes) throws(FormatError) in try LogBody(bytes).plaintext()
      }.inexact,
    ]
  }

  /// Unknown names, tags and longer padding are read, and not written again.
  private var inexact: Sample {
    var sample = self
    sample.isExact = false
    return sample
  }

  private static func file(_ vector: String, _ field: String = "file") throws -> [UInt8] {
    try Vector.named(vector).bytes(field)
  }

  private static func statement(_ name: String, _ vector: String) throws -> Sample {
    Sample(name: name, bytes: try file(vector)) { (bytes) throws(FormatError) in
      let statement = try Statement(bytes)
      if !statement.isSealed { _ = try statement.members() }
      return statement.bytes
    }
  }

  private static func roster(_ name: String, _ vector: String) throws -> Sample {
    Sample(name: name, bytes: try file(vector)) { (bytes) throws(FormatError) in
      let statement = try Statement(bytes)
      let entry = try RosterEntry(statement)
      let members = try statement.members()
      let time = members["time"]?.string.flatMap { Timestamp($0) }
      guard let time else { throw .missing("time") }
      _ = entry.members(at: time)
      return statement.bytes
    }
  }
}
