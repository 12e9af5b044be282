internal import CPlatform

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Reads one mail or scan on standard input and writes plain facts about it.
///
/// The bytes come from strangers. This process holds no key, writes to no disk, and bounds its
/// memory and its time; what it answers is as trustworthy as what it read.
///
/// Exit codes: 0 answered, 2 refused with a reason, 3 a decoder is not installed, 64 bad usage.
@main
enum Intake {
  static func main() async {
    do {
      let words = (0..<cp_argument_count()).map { String(cString: cp_argument($0)) }
      let invocation = try Invocation(words.dropFirst())
      try await answer(invocation)
    } catch let refusal as Refusal {
      refusal.report()
      exit(refusal.exitCode)
    } catch {
      Refusal(.unreadable, "the document could not be read: \(error)").report()
      exit(Refusal.Code.unreadable.rawValue)
    }
  }

  /// How much later than its decoders this process itself gives up.
  private static let grace = 5

  private static func answer(_ invocation: Invocation) async throws {
    // Copied into memory, where need be, before the limits forbid files.
    let document = try Document.onStandardInput()
    limitThisProcess(seconds: invocation.seconds)
    guard document.size > 0 else { throw Refusal(.unreadable, "the file is empty") }
    let deadline = Deadline(seconds: invocation.seconds)
    switch invocation.mode {
    case .mail(let resumption):
      Emergency.arm(seconds: invocation.seconds, isNewRun: resumption == nil)
      try describeMail(document, resuming: resumption)
    case .attachment(let number):
      Emergency.arm(seconds: invocation.seconds)
      try writeAttachment(number, of: document)
    case .scan:
      Emergency.arm(seconds: invocation.seconds + grace)
      try Answer.line(try await describeScan(document, by: deadline))
    case .text(let mediaType):
      Emergency.arm(seconds: invocation.seconds + grace)
      try Answer.text(try await readableText(of: document, as: mediaType, by: deadline))
    }
  }
}
