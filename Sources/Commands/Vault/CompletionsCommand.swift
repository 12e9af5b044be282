internal import ArgumentParser
internal import CaseVault
internal import Terminal

struct CompletionsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "completions", abstract: "Print the completions for a shell: bash, zsh or fish.")

  @Argument(help: "bash, zsh or fish.")
  var shell: String

  func run() throws {
    guard let shell = CompletionShell(rawValue: shell) else {
      throw VaultError(.usage, "no completions for \(shell)", hint: "bash, zsh or fish")
    }
    Output.standard.text(CasevaultCommand.completionScript(for: shell))
  }
}
