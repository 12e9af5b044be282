internal import ArgumentParser
internal import CaseVault
internal import Storage
internal import Terminal
internal import VaultFormat

struct LogVerify: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Verify that the access log is whole.",
    discussion: """
      Everybody can do this, without a passphrase: every device's log is followed from its first \
      entry, and compared with what the other devices and this computer have seen of it.
      """)

  @OptionGroup var options: GlobalOptions

  func run() async throws {
    let vault = try Places.vault(options)
    let home = try Places.home(outside: vault.folder.path)
    let streams = try LogStreams.read(vault, home: home)
    let output = Output.standard
    let isSound = !streams.findings.contains(where: \.isDamage)
    if options.json {
      output.json(String(decoding: json(streams).canonical, as: UTF8.self))
    } else if !options.quiet {
      output.line(
        "\(things(streams.count, "entry", "entries")) of \(things(streams.heads.count, "device", "devices"))."
      )
      if isSound { output.line("Nothing is wrong.") }
    }
    try LogCommand.end(with: streams.findings, output)
  }

  private func things(_ count: Int, _ one: String, _ many: String) -> String {
    "\(count) \(count == 1 ? one : many)"
  }

  private func json(_ streams: LogStreams) -> JSON {
    [
      "entries": .integer(streams.count),
      "devices": .array(
        streams.heads.sorted { $0.key < $1.key }.map { device, head in
          [
            "device": JSON(device), "next": .integer(Int(clamping: head.next)),
            "chain": JSON(head.chain),
          ]
        }),
      "findings": .array(
        streams.findings.map { finding in
          [
            "kind": .string(finding.kind.rawValue), "path": .string(finding.path),
            "reason": .string(finding.reason),
          ]
        }),
    ]
  }
}
