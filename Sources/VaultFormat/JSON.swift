/// A value of the canonical JSON of FORMAT §1.
///
/// Signed bytes must have one meaning: the reader takes one spelling of each
/// value only, and the writer gives it.
package enum JSON: Equatable, Sendable {
  case null
  case bool(Bool)
  case integer(Int)
  case string(String)
  case array([JSON])
  case object([String: JSON])

  /// Integers that every JSON reader holds exactly.
  package static let integers = -(1 << 53 - 1)...(1 << 53 - 1)
  /// How deep arrays and objects may nest.
  package static let maximumDepth = 32
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral,
  ExpressibleByNilLiteral
{
  package init(stringLiteral value: String) { self = .string(value) }
  package init(integerLiteral value: Int) { self = .integer(value) }
  package init(booleanLiteral value: Bool) { self = .bool(value) }
  package init(arrayLiteral elements: JSON...) { self = .array(elements) }
  package init(nilLiteral: ()) { self = .null }
  package init(dictionaryLiteral elements: (String, JSON)...) {
    self = .object(Dictionary(elements) { _, last in last })
  }

  /// A string, or null for nil.
  package init(_ text: String?) { self = text.map(JSON.string) ?? .null }
  /// The base32 text of an id.
  package init(_ identifier: Identifier) { self = .string(identifier.text) }
  /// Ids in ascending order.
  package init(ascending identifiers: some Sequence<Identifier>) {
    self = .array(identifiers.sorted().map(JSON.init))
  }
  /// Strings in the order given.
  package init(_ strings: [String]) { self = .array(strings.map(JSON.string)) }
}

extension JSON {
  /// Whether every integer in it can be written.
  package var isWritable: Bool {
    switch self {
    case .integer(let value): JSON.integers.contains(value)
    case .array(let values): values.allSatisfy(\.isWritable)
    case .object(let members): members.values.allSatisfy(\.isWritable)
    case .null, .bool, .string: true
    }
  }

  package var string: String? { if case .string(let value) = self { value } else { nil } }
  package var integer: Int? { if case .integer(let value) = self { value } else { nil } }
  package var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
  package var array: [JSON]? { if case .array(let value) = self { value } else { nil } }
  package var object: [String: JSON]? { if case .object(let value) = self { value } else { nil } }
  /// The strings of an array of strings.
  package var strings: [String]? {
    guard let array else { return nil }
    let strings = array.compactMap(\.string)
    return strings.count == array.count ? strings : nil
  }
  package subscript(name: String) -> JSON? { object?[name] }
}

extension [String: JSON] {
  /// The member `name` through `convert`.
  ///
  /// - Throws: `missing` where it is absent, `invalid` where it is another thing.
  package func require<Member>(
    _ name: String, _ convert: (JSON) -> Member?
  ) throws(FormatError) -> Member {
    guard let member = self[name] else { throw .missing(name) }
    guard let value = convert(member) else { throw .invalid(name) }
    return value
  }

  /// The member `name` through `convert`, or nil where it is absent.
  ///
  /// - Throws: `invalid` where it is another thing.
  package func optional<Member>(
    _ name: String, _ convert: (JSON) -> Member?
  ) throws(FormatError) -> Member? {
    guard let member = self[name] else { return nil }
    guard let value = convert(member) else { throw .invalid(name) }
    return value
  }

  package func string(_ name: String) throws(FormatError) -> String {
    try require(name) { $0.string }
  }

  package func identifier(_ name: String) throws(FormatError) -> Identifier {
    try require(name) { $0.string.flatMap { Identifier($0) } }
  }

  /// Ids in strictly ascending order, at most `limit`.
  package func identifiers(_ name: String, limit: Int) throws(FormatError) -> [Identifier] {
    try require(name) { member in
      guard let strings = member.strings, strings.count <= limit else { return nil }
      let identifiers = strings.compactMap { Identifier($0) }
      guard identifiers.count == strings.count else { return nil }
      return zip(identifiers, identifiers.dropFirst()).allSatisfy(<) ? identifiers : nil
    }
  }
}
