internal import Agent
internal import CPlatform
internal import CaseVault
internal import Storage
internal import SystemPackage
internal import VaultFormat

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// Where the vault and this device's home are.
enum Places {
  static func environment(_ name: String) -> String? {
    guard let value = getenv(name) else { return nil }
    let text = String(cString: value)
    return text.isEmpty ? nil : text
  }

  /// A vault that a command means, and this device's home.
  struct Place {
    let folder: Folder
    let vault: Identifier
    let home: Home
  }

  /// The vault that a command means, not yet looked into, and the home for it.
  ///
  /// - Throws: `noVault`, as ``home(outside:)``.
  static func place(_ options: GlobalOptions) throws -> Place {
    let folder = try folder(options)
    return Place(
      folder: folder, vault: try Vault.id(in: folder), home: try home(outside: folder.path))
  }

  /// How a command introduces itself to an agent.
  static func greeting(
    _ place: Place, _ action: String, _ options: GlobalOptions
  ) -> Request.Greeting {
    Request.Greeting(
      vault: place.vault, action: action, purpose: options.purpose, program: program ?? "")
  }

  /// The vault that a command means, closed; with what this computer has seen of it,
  /// where it is a member's or asks to be.
  ///
  /// - Throws: as ``place(_:)`` and ``Vault/init(_:home:)``.
  static func vault(_ options: GlobalOptions) throws -> Vault { try vault(place(options)) }

  /// The vault of a place, closed.
  static func vault(_ place: Place) throws -> Vault {
    let isKnown = try place.home.identityFileIfAny(of: place.vault) != nil
    return try Vault(place.folder, home: isKnown ? place.home : nil)
  }

  private static func folder(_ options: GlobalOptions) throws -> Folder {
    let path = options.vault ?? environment("CASEVAULT_VAULT") ?? around() ?? "Vault/live"
    do throws(StorageError) {
      return try Folder(path)
    } catch {
      throw VaultError(
        .noVault, "no vault at \(path)",
        hint: "name one with --vault, or make one with `casevault init`", cause: error)
    }
  }

  /// The nearest folder, from the current one upwards, that is a vault.
  private static func around() -> String? {
    guard let current = resolved(".") else { return nil }
    var path = current
    while true {
      if access("\(path)/casevault.json", F_OK) == 0 { return path }
      guard let slash = path.lastIndex(of: "/"), path != "/" else { return nil }
      path = slash == path.startIndex ? "/" : String(path[..<slash])
    }
  }

  /// This device's home, made if it is not there, outside the vault.
  ///
  /// - Parameter vault: the vault's path; nothing may be there yet.
  /// - Throws: `failed`, `refused` for a home inside the vault.
  static func home(outside vault: String) throws -> Home {
    let (identities, state) = try homePaths()
    for path in [identities, state] {
      // Nothing is made in a vault; asked again of what was made, as a path can
      // go through links and dots.
      try refuse(path, within: vault)
      try make(path)
      try refuse(path, within: vault)
    }
    do throws(StorageError) {
      return Home(identities: try Folder(identities), state: try Folder(state))
    } catch {
      throw VaultError(error, while: "opening the home of this computer")
    }
  }

  private static func refuse(_ home: String, within vault: String) throws {
    guard let home = place(home), isInVault(home) || place(vault).map(home.starts) == true
    else { return }
    throw VaultError(
      .refused, "the home of this computer lies inside the vault",
      hint: "set CASEVAULT_HOME to a folder of your own; keys never lie in a vault")
  }

  /// Whether a place that was resolved lies in any vault. Compared as bytes: to
  /// characters, a slash before a combining mark is none.
  private static func isInVault(_ path: FilePath) -> Bool {
    var path = path
    repeat {
      if access(path.appending("casevault.json").string, F_OK) == 0 { return true }
    } while path.removeLastComponent()
    return false
  }

  /// Refuses to write what comes out of a vault into one.
  ///
  /// - Throws: `refused`.
  static func refuseInVault(_ file: String) throws {
    guard let place = place(file), isInVault(place.removingLastComponent()) else { return }
    throw VaultError(
      .refused, "\(file) lies in a vault, where nothing may be readable",
      hint: "name a folder outside the vault")
  }

  /// Where a path is or will be, resolved as far as it is there.
  private static func place(_ path: String) -> FilePath? {
    var path = FilePath(path)
    var rest: [FilePath.Component] = []
    while true {
      if let resolved = resolved(path.isEmpty ? "." : path.string) {
        return FilePath(resolved).appending(rest.reversed())
      }
      guard let last = path.lastComponent else { return nil }
      rest.append(last)
      path.removeLastComponent()
    }
  }

  /// The paths of this device's home, whether anything is there or not.
  ///
  /// - Throws: `failed` where the environment names none.
  static func homePaths() throws -> (identities: String, state: String) {
    if let home = environment("CASEVAULT_HOME") { return (home, home) }
    guard let user = environment("HOME") else {
      throw VaultError(
        .failed, "neither CASEVAULT_HOME nor HOME is set", hint: "set CASEVAULT_HOME to a folder")
    }
    let data = environment("XDG_DATA_HOME") ?? "\(user)/.local/share"
    let state = environment("XDG_STATE_HOME") ?? "\(user)/.local/state"
    return ("\(data)/casevault", "\(state)/casevault")
  }

  /// Makes a folder that only this user enters, with those above it.
  private static func make(_ path: String) throws {
    var made = FilePath(root: FilePath(path).root)
    for part in FilePath(path).components {
      made.append(part)
      guard mkdir(made.string, 0o700) == 0 || errno == EEXIST else {
        throw VaultError(.failed, "the folder \(path) cannot be made: \(reason(errno))")
      }
    }
  }

  static func reason(_ number: Int32) -> String { String(cString: strerror(number)) }

  static func resolved(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  /// This program's own path.
  static let program =
    resolved("/proc/self/exe") ?? cp_argument(0).flatMap { resolved(String(cString: $0)) }

  /// `casevault-intake`, beside this program.
  static func intake() throws -> String {
    guard let program, let slash = program.lastIndex(of: "/") else {
      throw VaultError(.failed, "casevault cannot tell where it is installed")
    }
    return String(program[..<slash]) + "/casevault-intake"
  }
}
