#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// What this computer can do for casevault, and how it is set up.
package enum Computer {
  /// - Throws: `failed` where the environment names no home.
  static func diagnoses() throws -> [Diagnosis] {
    try mounting() + memory() + swap() + decoders() + homes()
  }

  /// What the intake calls, with the Debian package of each: as Tools/setup installs them.
  /// Of several names of one program, one is enough.
  private static let decoderPrograms: [(names: [String], package: String)] = [
    (["pdfinfo"], "poppler-utils"), (["pdftoppm"], "poppler-utils"),
    (["pdftotext"], "poppler-utils"), (["tiffinfo"], "libtiff-tools"),
    (["vips"], "libvips-tools"), (["vipsheader"], "libvips-tools"),
    (["heif-convert", "heif-dec"], "libheif-examples"),
  ]

  private static func decoders() -> [Diagnosis] {
    let missing = decoderPrograms.filter { $0.names.allSatisfy { installed($0) == nil } }
    var diagnoses = missing.map { decoder in
      Diagnosis.wrong(
        "decoders", "\(decoder.names[0]) is not installed: some scans cannot be filed or shown",
        hint: "apt install " + distinct(missing.map(\.package)).joined(separator: " "))
    }
    if let intake = try? Places.intake(), access(intake, X_OK) != 0 {
      diagnoses.append(
        .wrong(
          "intake", "not there: no mail and no scan can be filed", at: intake,
          hint: "install casevault-intake beside casevault"))
    }
    return diagnoses.isEmpty
      ? [.fine("decoders", "all are installed for mail and scans")] : diagnoses
  }

  private static func homes() throws -> [Diagnosis] {
    let (identities, state) = try Places.homePaths()
    return distinct([identities, state]).map(home)
  }

  private static func home(_ path: String) -> Diagnosis {
    var status = stat()
    guard stat(path, &status) == 0 else {
      return errno == ENOENT
        ? .fine("home", "not made yet", at: path)
        : .wrong(
          "home", "cannot be looked at: \(Places.reason(errno))", at: path,
          hint: "set CASEVAULT_HOME to a folder of your own")
    }
    guard status.st_mode & S_IFMT == S_IFDIR else {
      return .wrong(
        "home", "not a folder", at: path, hint: "set CASEVAULT_HOME to a folder of your own")
    }
    guard status.st_uid == geteuid() else {
      return .wrong(
        "home", "belongs to another user of this computer", at: path,
        hint: "set CASEVAULT_HOME to a folder of your own")
    }
    guard status.st_mode & 0o077 == 0 else {
      return .wrong(
        "home", "others of this computer may enter (mode \(octal(status.st_mode & 0o777)))",
        at: path, hint: "chmod 700 on that folder")
    }
    return .fine("home", "this user's alone", at: path)
  }

  private static func octal(_ mode: mode_t) -> String { "0" + String(mode, radix: 8) }

  /// Where a program is that commands find by its name.
  static func installed(_ program: String) -> String? {
    (Places.environment("PATH") ?? "/usr/local/bin:/usr/bin:/bin").split(separator: ":")
      .map { "\($0)/\(program)" }.first { access($0, X_OK) == 0 }
  }
}
