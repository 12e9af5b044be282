internal import CaseVault
internal import Sealing
internal import Terminal

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// Passphrases, from wherever the person has them, straight into locked memory.
enum Passphrase {
  /// The most that one may have, in bytes.
  private static let limit = 1_024
  /// The least that a new one must have, in bytes.
  private static let minimum = 8

  /// The passphrase of an identity that exists.
  ///
  /// - Throws: `locked` where there is no way to get it.
  static func existing(_ options: GlobalOptions) throws -> SecretBytes {
    if let descriptor = options.passphraseFd { return try read(descriptor) }
    if let command = Places.environment("CASEVAULT_PASSPHRASE_COMMAND") {
      return try run(command)
    }
    return try ask("Passphrase:")
  }

  /// A passphrase for a new identity: asked for twice at the terminal.
  ///
  /// - Parameters:
  ///   - descriptor: where a script gives it.
  ///   - usesCommand: whether `CASEVAULT_PASSPHRASE_COMMAND` may give it. It gives the
  ///     old one where a passphrase is changed.
  /// - Throws: `locked`, `usage` for one that is too short.
  static func new(
    _ options: GlobalOptions, descriptor: Int32?, prompt: String, usesCommand: Bool
  ) throws -> SecretBytes {
    let passphrase: SecretBytes
    if let descriptor = descriptor ?? options.passphraseFd {
      passphrase = try read(descriptor)
    } else if usesCommand, let command = Places.environment("CASEVAULT_PASSPHRASE_COMMAND") {
      passphrase = try run(command)
    } else {
      passphrase = try ask(prompt)
      let again = try ask("Once more:")
      guard passphrase.equals(again) else {
        throw VaultError(.noKey, "the two passphrases differ", hint: "try again")
      }
    }
    guard passphrase.count >= minimum else {
      throw VaultError(
        .usage, "a passphrase needs \(minimum) characters or more",
        hint: "five or six words that have nothing to do with each other are best")
    }
    return passphrase
  }

  private static func read(_ descriptor: Int32) throws -> SecretBytes {
    do {
      return try SecretBytes.filled(capacity: limit) { buffer in
        try readSecret(from: descriptor, into: buffer)
      }
    } catch let error as TerminalError {
      throw VaultError(.locked, "no passphrase: \(error.description)", cause: error)
    }
  }

  private static func run(_ command: String) throws -> SecretBytes {
    guard let output = popen("exec </dev/null; " + command, "r") else {
      throw VaultError(.locked, "CASEVAULT_PASSPHRASE_COMMAND could not be run")
    }
    // Read from the descriptor: a stdio buffer would keep a copy.
    let passphrase: SecretBytes
    do {
      passphrase = try read(fileno(output))
    } catch {
      pclose(output)
      guard let error = error as? VaultError else { throw error }
      throw VaultError(
        .locked, "CASEVAULT_PASSPHRASE_COMMAND gave no passphrase", cause: error)
    }
    guard pclose(output) == 0 else {
      throw VaultError(.locked, "CASEVAULT_PASSPHRASE_COMMAND failed")
    }
    return passphrase
  }

  private static func ask(_ prompt: String) throws -> SecretBytes {
    guard isatty(0) == 1 || isatty(2) == 1 else { throw locked }
    do {
      return try SecretBytes.filled(capacity: limit) { buffer in
        try Prompt.secret(prompt, into: buffer)
      }
    } catch TerminalError.noTerminal {
      throw locked
    } catch TerminalError.empty {
      throw VaultError(.noKey, "no passphrase was typed")
    }
  }

  private static let locked = VaultError(
    .locked, "the vault is locked: no passphrase was given",
    hint: "`casevault unlock` opens it; scripts give --passphrase-fd or "
      + "CASEVAULT_PASSPHRASE_COMMAND")
}
