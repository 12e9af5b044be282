/// A path below a root, checked: every part is a plain name, so that none leads out.
struct RelativePath {
  /// The most bytes of one part: what file systems allow.
  static let longestPart = 255

  /// From the outside in; empty for the root itself.
  let parts: [Substring]
  let text: String

  /// Throws `.badName` if a part is empty, ".", "..", longer than 255 bytes or holds a zero byte.
  /// The empty path, the root itself, is accepted only where `orRoot` says so.
  init(
    _ text: String, for operation: StorageError.Operation, orRoot: Bool = false
  ) throws(StorageError) {
    self.text = text
    if text.isEmpty && orRoot {
      parts = []
      return
    }
    // By bytes, as the kernel does: a combining accent after a slash makes another Character of it.
    parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
      .map(Substring.init)
    guard parts.allSatisfy(Self.isPlain) else { throw .badName(text, operation) }
  }

  /// The folder that holds it; empty for the root.
  var folder: String { parts.dropLast().joined(separator: "/") }

  var name: String { parts.last.map(String.init) ?? "" }

  private static func isPlain(_ part: Substring) -> Bool {
    let bytes = part.utf8
    return !bytes.isEmpty && bytes.count <= longestPart && part != "." && part != ".."
      && !bytes.contains(0)
  }
}
