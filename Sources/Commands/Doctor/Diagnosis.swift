internal import Terminal
internal import VaultFormat

/// One thing that `doctor` looked at, and how it found it.
///
/// Never holds what stands in a file: a path, and why it matters.
struct Diagnosis {
  enum Kind: String {
    /// What this computer can do, or how it is set up.
    case computer
    /// What another program left behind.
    case leftover
  }

  let kind: Kind
  /// What was looked at, such as `swap` or `vim`.
  let name: String
  let isFine: Bool
  /// The bytes of the path, where there is one.
  var path: [UInt8]?
  let reason: String
  /// How to mend it, or how to turn the habit off.
  var hint: String?

  /// The object of one line of `--json`.
  var object: [String: JSON] {
    var object: [String: JSON] = [
      "kind": .string(kind.rawValue), "name": .string(name), "ok": .bool(isFine),
      "reason": .string(reason), "hint": JSON(hint),
    ]
    // JSON has its own way to write a control character; a byte that is no text it has not.
    if let path {
      object["path"] = .string(String(validating: path, as: UTF8.self) ?? escaped(bytes: path))
    }
    return object
  }

  /// The path, safe to show, and the reason.
  var text: String { path.map { "\(escaped(bytes: $0)): \(reason)" } ?? reason }
}

extension Diagnosis {
  static func fine(_ name: String, _ reason: String, at path: String? = nil) -> Diagnosis {
    Diagnosis(
      kind: .computer, name: name, isFine: true, path: path.map { Array($0.utf8) }, reason: reason)
  }

  static func wrong(
    _ name: String, _ reason: String, at path: String? = nil, hint: String
  ) -> Diagnosis {
    Diagnosis(
      kind: .computer, name: name, isFine: false, path: path.map { Array($0.utf8) },
      reason: reason, hint: hint)
  }
}
