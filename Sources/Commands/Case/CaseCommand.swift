internal import ArgumentParser

struct CaseCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "case", abstract: "Open, find, show and change cases.",
    subcommands: [
      CaseOpen.self, CaseList.self, CaseFind.self, CaseShow.self, CaseUpdate.self,
      CaseHistory.self,
    ])
}
