internal import ArgumentParser
internal import VaultFormat

struct StaffCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "staff", abstract: "Who belongs to the vault, and who joins.",
    subcommands: [StaffList.self, StaffAdmit.self, StaffCountersign.self])
}

extension Role: ExpressibleByArgument {}
