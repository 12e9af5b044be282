internal import VaultFormat

/// What files are called in a mount: safe on Linux, macOS and Windows, and made from what the
/// records say alone, so that everybody sees the same names.
package enum FileNames {
  /// The most that a name has, in bytes, with room for what tells it from others.
  static let maximumSize = 200

  /// A name in which what some system forbids, or what could deceive the eye, is replaced.
  package static func safe(_ name: String) -> String {
    var text = ""
    for scalar in name.unicodeScalars {
      switch scalar.properties.generalCategory {
      case .control, .lineSeparator, .paragraphSeparator: text.unicodeScalars.append("_")
      case .format, .surrogate, .privateUse, .unassigned:
        // A joiner holds an emoji together; direction marks turn names around.
        if scalar.value == 0x200d { text.unicodeScalars.append(scalar) }
      default: text.unicodeScalars.append(forbidden.contains(scalar) ? "_" : scalar)
      }
    }
    while text.hasSuffix(".") || text.hasSuffix(" ") { text.removeLast() }
    text = String(text.drop { $0 == " " })
    if text.hasPrefix(".") || text.hasPrefix("~$") { text = "_" + text.dropFirst() }
    if text.isEmpty { text = "_" }
    let (stem, ending) = split(text)
    if reserved.contains(text.prefix { $0 != "." }.lowercased()) { return "_" + text }
    return shortened(stem, to: maximumSize - ending.utf8.count) + ending
  }

  private static let forbidden = Set("\\/:*?\"<>|".unicodeScalars)

  /// The names that Windows keeps for devices, with any ending.
  private static let reserved: Set<String> = Set(
    ["con", "prn", "aux", "nul"] + (1...9).flatMap { ["com\($0)", "lpt\($0)"] })

  /// Cut at a character, so that it has so many bytes at most.
  static func shortened(_ text: String, to limit: Int) -> String {
    guard text.utf8.count > limit else { return text }
    var size = 0
    var short = ""
    for character in text {
      size += String(character).utf8.count
      guard size <= max(limit, 1) else { break }
      short.append(character)
    }
    while short.hasSuffix(" ") || short.hasSuffix(".") { short.removeLast() }
    return short.isEmpty ? "_" : short
  }

  /// A name as a spool keeps it.
  static func kept(_ name: String) -> String {
    shortened(name, to: SpoolDescription.maximumName)
  }

  /// A name's stem, and its ending with the dot; no ending has more than ten characters.
  package static func split(_ name: String) -> (stem: String, ending: String) {
    guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return (name, "") }
    let ending = name[dot...]
    guard (2...11).contains(ending.count),
      ending.dropFirst().allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber) })
    else { return (name, "") }
    return (String(name[..<dot]), String(ending))
  }

  /// As names are compared where capitals, or the way an accent is written, make no difference.
  package static func folded(_ name: String) -> String { name.lowercased() }

  /// A name with something before its ending.
  package static func marked(_ name: String, _ mark: String) -> String {
    let (stem, ending) = split(name)
    return "\(stem) (\(mark))\(ending)"
  }

  /// What a record's file is called, if no other is called the same.
  static func name(of manifest: Manifest) -> String { safe(typed(of: manifest)) }

  /// The same as a person would type it, with what is not safe everywhere.
  static func typed(of manifest: Manifest) -> String {
    if let file = manifest.details["file"]?.string, !file.isEmpty { return file }
    return typed(kind: manifest.kind, title: manifest.title, mediaType: manifest.mediaType)
  }

  /// The same of a record that does not say what its file is called.
  static func typed(kind: String, title: String, mediaType: String) -> String {
    let title = title.isEmpty ? kind : title
    let ending = MediaTypes.ending(of: mediaType)
    if ending.isEmpty || MediaTypes.fits(split(title).ending, mediaType) { return title }
    var stem = title
    while stem.hasSuffix(".") || stem.hasSuffix(" ") { stem.removeLast() }
    return stem + ending
  }

  /// Whether a file of this name works while it lives and never becomes a record: what programs
  /// lock, swap and save by.
  package static func isTemporary(_ name: String) -> Bool {
    if name.hasPrefix(".") || name.hasPrefix("~$") || name.hasSuffix("~") { return true }
    if name.hasPrefix("#") && name.hasSuffix("#") { return true }
    if name == "4913" { return true }
    let lowered = name.lowercased()
    if endings.contains(where: lowered.hasSuffix) { return true }
    // `sed -i` and `perl -i` write beside the file.
    return ["sed", "XX"].contains { prefix in
      let rest = name.utf8.dropFirst(prefix.utf8.count)
      return name.hasPrefix(prefix) && rest.count == 6 && rest.allSatisfy(isLetterOrDigit)
    }
  }

  private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
  }

  private static let endings = [
    ".tmp", ".temp", ".swp", ".swo", ".swx", ".part", ".partial", ".crdownload",
  ]

  /// What a new file is called that a program names so.
  static func shown(_ name: String) -> String { isTemporary(name) ? name : safe(name) }

  /// Whether a file that gets this name was moved out of the way of a new version of itself.
  static func isAside(_ name: String) -> Bool {
    isTemporary(name) || [".bak", ".old", ".orig"].contains { name.lowercased().hasSuffix($0) }
  }
}
