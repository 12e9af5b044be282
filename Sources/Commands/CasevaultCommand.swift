internal import ArgumentParser
internal import CPlatform
internal import CaseVault
internal import Dispatch
internal import Sealing
internal import Storage
internal import Terminal

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// Runs the process's own arguments and ends the process. The main thread calls it, first of all.
package func runCasevault() -> Never {
  // Keys and clients' words are in this memory: no core dump, no tracing.
  _ = cp_harden_process()
  // A batch holds more files open than the shell's modest limit (1024, on macOS 256) lets it.
  _ = cp_raise_open_files()
  let arguments = takeArguments()
  guard cp_can_look_at_threads() == 0 else {
    Output.standard.error(
      "/proc is not there, and casevault cannot work without it",
      hint: "mount it, as root: mount -t proc proc /proc")
    exit(VaultError.Code.failed.rawValue)
  }
  Task { exit(await CasevaultCommand.run(arguments)) }
  dispatchMain()
}

/// The words typed, which are wiped from where every user of this computer can read them while the
/// command runs: a client's name may be among them.
private func takeArguments() -> [String] {
  (1..<max(1, cp_argument_count())).compactMap { index in
    guard let word = cp_argument(index) else { return nil }
    defer { memset(word, 0, strlen(word)) }
    return String(cString: word)
  }
}

/// The program: every command, and how errors become one line and an exit code.
struct CasevaultCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "casevault",
    abstract: "Confidential case files of an advice service, kept as a folder of encrypted files.",
    discussion: """
      A vault is found by --vault, by CASEVAULT_VAULT, around the current folder, or in \
      Vault/live. The keys of this computer are in CASEVAULT_HOME. The passphrase is asked \
      for; scripts give --passphrase-fd or CASEVAULT_PASSPHRASE_COMMAND.
      """,
    version: "casevault \(Founding.version)",
    subcommands: [
      InitCommand.self, UnlockCommand.self, LockCommand.self, StatusCommand.self,
      MountCommand.self, UnmountCommand.self, EnrolCommand.self, StaffCommand.self,
      DeviceCommand.self, CaseCommand.self, NoteCommand.self, MailCommand.self,
      ScanCommand.self, GetCommand.self, ShowCommand.self, WithdrawCommand.self,
      CheckCommand.self, DoctorCommand.self, LogCommand.self, KeyCommand.self,
      CompletionsCommand.self, AgentCommand.self, MountedCommand.self,
    ])

  /// Runs one command.
  ///
  /// - Returns: the exit code.
  static func run(_ arguments: [String]) async -> Int32 {
    do {
      var command = try parseAsRoot(arguments)
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
      try Output.standard.finish()
      return 0
    } catch {
      return report(error)
    }
  }

  private static func report(_ error: any Error) -> Int32 {
    switch error {
    case let error as VaultError:
      Output.standard.error(error.message, hint: error.hint)
      return error.code.rawValue
    case let ended as EndedWith:
      return ended.code.rawValue
    case let error as SealingError:
      return report(VaultError(error))
    case let error as StorageError:
      return report(VaultError(error, while: "working on the vault"))
    case let error as TerminalError:
      Output.standard.error(
        "the answer could not be written: \(error.description)",
        hint: "what the command was to do may be done; look before you run it again")
      return VaultError.Code.failed.rawValue
    default:
      return reportUsage(error)
    }
  }

  /// Help and versions are results; everything else that the parser says is an
  /// error in the words typed.
  private static func reportUsage(_ error: any Error) -> Int32 {
    if exitCode(for: error) == .success {
      Output.standard.text(fullMessage(for: error))
      return 0
    }
    guard exitCode(for: error) == .validationFailure else {
      Output.standard.error("something went wrong that casevault has no words for")
      return VaultError.Code.failed.rawValue
    }
    let message = message(for: error).split(separator: "\n").first.map(String.init)
    Output.standard.error(
      message ?? "this command makes no sense", hint: "`casevault help` lists the commands")
    return VaultError.Code.usage.rawValue
  }
}

/// A command that said all there was to say and ends with a code of its own.
struct EndedWith: Error {
  let code: VaultError.Code
  init(_ code: VaultError.Code) { self.code = code }
}
