internal import VaultFormat

/// The body of one message between an agent and its clients: fields in a fixed
/// order, integers little-endian, everything of varying size after its length.
///
/// Both ends are one program of one version (``Greeting/version`` sees to it).
struct Packet {
  private(set) var bytes: [UInt8] = []

  mutating func put(_ tag: UInt8) { bytes.append(tag) }
  mutating func put(_ flag: Bool) { bytes.append(flag ? 1 : 0) }
  mutating func put(_ number: Int) { bytes.append(integer: Int64(number)) }
  mutating func put(_ id: Identifier) { bytes.append(id) }

  mutating func put(_ bytes: [UInt8]) {
    self.bytes.append(integer: UInt32(bytes.count))
    self.bytes += bytes
  }

  mutating func put(_ text: String) { put(Array(text.utf8)) }

  mutating func put<Value>(_ value: Value?, _ put: (inout Packet, Value) -> Void) {
    self.put(value != nil)
    if let value { put(&self, value) }
  }

  mutating func put<Value>(
    _ values: some Collection<Value>, _ put: (inout Packet, Value) -> Void
  ) {
    bytes.append(integer: UInt32(values.count))
    for value in values { put(&self, value) }
  }
}

/// Takes a message's body apart. Every read is bounded by what is there.
struct PacketReader {
  private var reader: ByteReader

  init(_ bytes: [UInt8]) { reader = ByteReader(bytes) }

  mutating func tag() throws(FormatError) -> UInt8 { try reader.integer() }

  mutating func flag() throws(FormatError) -> Bool {
    let byte: UInt8 = try reader.integer()
    guard byte < 2 else { throw .invalid("flag") }
    return byte == 1
  }

  mutating func number() throws(FormatError) -> Int { Int(try reader.integer(Int64.self)) }
  mutating func id() throws(FormatError) -> Identifier { try reader.identifier() }

  mutating func bytes() throws(FormatError) -> [UInt8] {
    try reader.take(Int(try reader.integer(UInt32.self)))
  }

  mutating func text() throws(FormatError) -> String {
    guard let text = String(validating: try bytes(), as: UTF8.self) else {
      throw .invalid("text")
    }
    return text
  }

  mutating func value<Value>(
    of text: String, _ read: (String) -> Value?
  ) throws(FormatError) -> Value {
    guard let value = read(text) else { throw .invalid("value") }
    return value
  }

  mutating func optional<Value>(
    _ read: (inout PacketReader) throws(FormatError) -> Value
  ) throws(FormatError) -> Value? {
    try flag() ? try read(&self) : nil
  }

  mutating func list<Value>(
    _ read: (inout PacketReader) throws(FormatError) -> Value
  ) throws(FormatError) -> [Value] {
    let count: UInt32 = try reader.integer()
    // Each value takes a byte at least: a count alone reserves nothing.
    guard count <= reader.remaining else { throw .truncated }
    var values: [Value] = []
    for _ in 0..<count { values.append(try read(&self)) }
    return values
  }

  func end() throws(FormatError) { try reader.end() }
}
