/// A kind of statement in use, and the version of casevault that brought it.
package struct KindInUse: Equatable, Sendable {
  package let kind: Statement.Kind
  package let since: String
  /// Whether a program that does not know it must not read the vault.
  package let must: Bool

  package init(kind: Statement.Kind, since: String, must: Bool) {
    self.kind = kind
    self.since = since
    self.must = must
  }

  init?(_ json: JSON) {
    guard let number = json["kind"]?.integer.flatMap({ UInt32(exactly: $0) }),
      let since = json["since"]?.string, (1...32).contains(since.utf8.count),
      since.isFreeOfControls, let must = json["must"]?.bool
    else { return nil }
    self.init(kind: Statement.Kind(rawValue: number), since: since, must: must)
  }

  var json: JSON {
    ["kind": .integer(Int(kind.rawValue)), "must": .bool(must), "since": .string(since)]
  }
}
