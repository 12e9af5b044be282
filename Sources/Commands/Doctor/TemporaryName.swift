/// What the name of a file or a folder in a temporary folder says of where it came from.
enum TemporaryName {
  private static let editorEndings = [
    ".swp", ".swo", ".swn", ".swx", ".un~", "~", ".kate-swp", ".save",
  ]
  private static let editorBeginnings = ["nano.", ".goutputstream-", ".~lock.", "~$", ".#"]

  /// Whether an editor or an office program leaves files with such a name.
  static func isEditorsFile(_ name: String) -> Bool {
    editorEndings.contains { name.hasSuffix($0) && name.utf8.count > $0.utf8.count }
      || editorBeginnings.contains { name.hasPrefix($0) && name.utf8.count > $0.utf8.count }
      || (name.hasPrefix("#") && name.hasSuffix("#") && name.utf8.count > 2)
      || isOffices(name)
  }

  /// Whether such a program makes folders with such a name: neovim, vim and LibreOffice do.
  static func isEditorsFolder(_ name: String) -> Bool {
    name.hasPrefix("nvim.") || isVims(name) || isOffices(name)
  }

  /// LibreOffice: `lu` or `sv`, what makes the name its own, `.tmp`.
  private static func isOffices(_ name: String) -> Bool {
    (name.hasPrefix("lu") || name.hasPrefix("sv")) && name.hasSuffix(".tmp")
  }

  /// vim: `v` and the six characters of mkdtemp.
  private static func isVims(_ name: String) -> Bool {
    name.utf8.count == 7 && name.hasPrefix("v")
      && name.utf8.dropFirst().allSatisfy {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0 | 0x20)
          || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
      }
  }
}
