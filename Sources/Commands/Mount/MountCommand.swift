internal import Agent
internal import ArgumentParser
internal import CaseVault
internal import Mount
internal import Storage
internal import Terminal
internal import VaultFormat

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

struct MountCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mount", abstract: "Show the vault as a folder that any program can use.",
    discussion: """
      Every program reads and writes there: opening is entered in the access log, closing \
      seals. It ends with `casevault unmount`, with `casevault lock`, and when the vault locks \
      itself.
      """)

  @Argument(help: "The folder to mount on: an empty one, or one that is not there yet.")
  var path: String

  @Flag(help: "Nothing can be changed.")
  var readOnly = false

  @Flag(help: "Stay here until it is unmounted, or until Ctrl-C.")
  var foreground = false

  @OptionGroup var options: GlobalOptions

  func run() async throws {
    let place = try Places.place(options)
    try MountPoint.verifyFUSE()
    let path = try MountFolder.prepared(path, outside: place.folder.path)
    let isUnlocking = try FarLine.connect(to: place.vault, in: place.home) == nil
    if isUnlocking {
      do {
        try AgentProcess.start(options, idle: IdleLimit.usual)
      } catch let ended as EndedWith where ended.code == .damaged {
        // It serves, and has said what it met.
      }
    }
    guard !foreground else {
      return try MountProcess.serve(place, options, path, isReadOnly: readOnly) { recovery in
        MountProcess.tell(recovery, options, afterUnlock: isUnlocking)
        tell(path)
        try Output.standard.finish()
      }
    }
    try MountProcess.start(
      place, options, path, isReadOnly: readOnly, afterUnlock: isUnlocking)
    tell(path)
  }

  private func tell(_ path: String) {
    if !options.quiet { Output.standard.line("Mounted at \(path).") }
  }
}

struct UnmountCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "unmount", abstract: "Take the vault's folder away again.",
    discussion: "The vault stays unlocked; `casevault lock` ends both.")

  @Argument(help: "The folder that the vault is mounted on.")
  var path: String

  @OptionGroup var options: GlobalOptions

  func run() async throws {
    let place = try Places.place(options)
    let reports = try StatusCommand.agentStatus(place, options)?.mounts ?? []
    try MountFolder.unmount(path) { mounted in reports.first { $0.path == mounted } }
    if !options.quiet { Output.standard.line("Unmounted.") }
  }
}
