import Foundation
import TestSupport
import Testing

/// Every mail and scan of the corpus, filed in one case, comes back byte for
/// byte: through `get`, and through the second reader, which knows nothing of
/// this program but the document of its format.
@Suite(.requiresCorpus) struct CorpusTests {
  private struct Filed {
    let reference: String
    /// Record ids of what was added.
    let records: [String]
    /// How many messages were there already.
    let duplicates: Int
    let files: [String]
  }

  private func file(in desk: Desk) throws -> Filed {
    let reference = try desk.openCase("--client", "Nadia Novák")
    let mails = Corpus.mails.map { "mail/\($0)" }
    let scans = (Corpus.scans + ["invalid.pdf"]).map { "scans/\($0)" }
    let objects =
      try desk.run(["mail", "add", reference, "--json"] + mails.map(Corpus.path))
      .succeeded().objects()
      + desk.run(["scan", "add", reference, "--as-is", "--json"] + scans.map(Corpus.path))
      .succeeded().objects()
    #expect(objects.count == mails.count + scans.count)
    let added = objects.filter { $0["duplicate"] as? Bool == false }
    return Filed(
      reference: reference, records: added.compactMap { $0["record"] as? String },
      duplicates: objects.count - added.count, files: mails + scans)
  }

  /// Each file is one of the contents, but for those that were named as
  /// duplicates, and nothing else is there.
  private func compare(_ contents: [Data], with filed: Filed) throws {
    let contents = Set(contents)
    let kept = try filed.files.map { try Self.forms(of: Data(Corpus.bytes($0))) }
    let missing = zip(filed.files, kept).filter { contents.isDisjoint(with: $0.1) }.map(\.0)
    let others = contents.subtracting(kept.joined())
    #expect(others.isEmpty, "records that are no file of the corpus")
    #expect(missing.count <= filed.duplicates, "\(missing)")
    #expect(filed.records.count == filed.files.count - filed.duplicates)
  }

  /// The file; of one that is a mailbox also the message without what parts a
  /// mailbox: the line that begins with From, and the empty one at the end.
  private static func forms(of file: Data) -> [Data] {
    guard file.starts(with: Data("From ".utf8)), let end = file.firstIndex(of: 0x0a) else {
      return [file]
    }
    let message = Data(file[(end + 1)...])
    let separators = ["\r\n", "\n"].map { Data($0.utf8) }.filter { separator in
      message.suffix(2 * separator.count) == separator + separator
    }
    return [message] + separators.map { message.dropLast($0.count) }
  }

  @Test func everyFileComesBackThroughGet() throws {
    let desk = try Desk()
    let filed = try file(in: desk)
    try compare(
      try filed.records.map { Data(try desk.content(of: $0, in: filed.reference)) }, with: filed)
  }

  @Test(.requires("python3")) func everyFileComesBackThroughTheSecondReader() throws {
    let desk = try Desk()
    let filed = try file(in: desk)
    let reader = Corpus.package.appendingPathComponent("Tools/read_vault.py").path
    let read = try desk.shell(
      "/usr/bin/python3 '\(reader)' vault --home home -o out --passphrase-fd 3 3<passphrase")
    guard !read.errors.contains("No module named 'nacl'") else { return }
    #expect(read.status == 0, "\(read.errors)")
    let out = desk.files.files("out")
    try compare(
      try filed.records.map { record in
        let path = try out.first { $0.hasSuffix("/\(record)") }.orThrow()
        return Data(try desk.files.read("out/\(path)"))
      }, with: filed)
    #expect(try desk.casevault("check", "--deep").status == 0)
  }
}
