internal import ArgumentParser
internal import CaseVault
internal import Storage
internal import Terminal
internal import VaultFormat

struct DeviceCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "device", abstract: "The members' computers.", subcommands: [DeviceList.self])
}

struct DeviceList: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "Every member's computers.", discussion: "Needs no key.")

  @OptionGroup var options: GlobalOptions

  func run() async throws {
    let vault = try Places.vault(options)
    let home = try Places.home(outside: vault.folder.path)
    let own = try home.identityFileIfAny(of: vault.id)?.device
    let output = Output.standard
    let devices = vault.roster.devices.sorted {
      ($0.value.member.name, $0.key) < ($1.value.member.name, $1.key)
    }
    var table = Table([.init("Computer", isWhole: true), .init("Member"), .init("Role"), .init("")])
    for (device, standing) in devices {
      let member = standing.member
      if options.json {
        output.json([
          "device": JSON(device), "member": .string(member.id), "name": .string(member.name),
          "role": .string(member.role.rawValue), "this": .bool(device == own),
        ])
      } else if options.quiet {
        output.line(device.text)
      } else {
        table.add([
          String(device.text.prefix(10)), member.name, member.role.rawValue,
          device == own ? "this one" : "",
        ])
      }
    }
    if !table.isEmpty { output.table(table) }
    if output.warn(of: vault.findings) { throw EndedWith(.damaged) }
  }
}
