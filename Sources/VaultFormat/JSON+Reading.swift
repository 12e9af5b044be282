extension JSON {
  /// Reads canonical bytes.
  ///
  /// - Throws: `notCanonical` for everything that `canonical` would not write.
  package init(canonical bytes: [UInt8]) throws(FormatError) {
    var parser = Parser(bytes: bytes)
    self = try parser.value(depth: 0)
    guard parser.offset == bytes.count else { throw .notCanonical }
  }

  private struct Parser {
    let bytes: [UInt8]
    var offset = 0

    private var next: UInt8? { offset < bytes.count ? bytes[offset] : nil }

    mutating func value(depth: Int) throws(FormatError) -> JSON {
      switch next {
      case UInt8(ascii: "{"): return try object(depth: depth)
      case UInt8(ascii: "["): return try array(depth: depth)
      case UInt8(ascii: "\""): return .string(try string())
      case UInt8(ascii: "t"):
        try word("true")
        return .bool(true)
      case UInt8(ascii: "f"):
        try word("false")
        return .bool(false)
      case UInt8(ascii: "n"):
        try word("null")
        return .null
      default: return .integer(try integer())
      }
    }

    private mutating func object(depth: Int) throws(FormatError) -> JSON {
      guard depth < JSON.maximumDepth else { throw .notCanonical }
      offset += 1
      var members: [String: JSON] = [:]
      if skip("}") { return .object(members) }
      var previous: String?
      while true {
        let name = try string()
        // Swift compares strings by canonical equivalence; ASCII has one form.
        guard name.utf8.allSatisfy({ $0 < 0x80 }) else { throw .notCanonical }
        if let previous, !previous.utf8.lexicographicallyPrecedes(name.utf8) {
          throw .notCanonical
        }
        try expect(":")
        members[name] = try value(depth: depth + 1)
        previous = name
        if skip("}") { return .object(members) }
        try expect(",")
      }
    }

    private mutating func array(depth: Int) throws(FormatError) -> JSON {
      guard depth < JSON.maximumDepth else { throw .notCanonical }
      offset += 1
      var values: [JSON] = []
      if skip("]") { return .array(values) }
      while true {
        values.append(try value(depth: depth + 1))
        if skip("]") { return .array(values) }
        try expect(",")
      }
    }

    private mutating func integer() throws(FormatError) -> Int {
      let start = offset
      if next == UInt8(ascii: "-") { offset += 1 }
      while let digit = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) {
        offset += 1
        guard offset - start <= 17 else { throw .notCanonical }
      }
      let text = String(decoding: bytes[start..<offset], as: UTF8.self)
      // One spelling: no "-0", no leading zero.
      guard let value = Int(text), String(value) == text, JSON.integers.contains(value) else {
        throw .notCanonical
      }
      return value
    }

    private mutating func string() throws(FormatError) -> String {
      try expect("\"")
      var text: [UInt8] = []
      while let byte = next {
        offset += 1
        switch byte {
        case UInt8(ascii: "\""):
          guard let string = String(validating: text, as: UTF8.self) else { throw .notCanonical }
          return string
        case UInt8(ascii: "\\"): text.append(try escape())
        case 0..<0x20: throw .notCanonical
        default: text.append(byte)
        }
      }
      throw .notCanonical
    }

    private mutating func escape() throws(FormatError) -> UInt8 {
      guard let byte = next else { throw .notCanonical }
      offset += 1
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): return byte
      case UInt8(ascii: "b"): return 0x08
      case UInt8(ascii: "t"): return 0x09
      case UInt8(ascii: "n"): return 0x0a
      case UInt8(ascii: "f"): return 0x0c
      case UInt8(ascii: "r"): return 0x0d
      case UInt8(ascii: "u"): return try control()
      default: throw .notCanonical
      }
    }

    /// The `00xx` of a control character that has no shorter escape.
    private mutating func control() throws(FormatError) -> UInt8 {
      try word("00")
      var value: UInt8 = 0
      for _ in 0..<2 {
        switch next {
        case .some(let digit) where (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit):
          value = value << 4 | (digit - UInt8(ascii: "0"))
        case .some(let digit) where (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(digit):
          value = value << 4 | (digit - UInt8(ascii: "a") + 10)
        default: throw .notCanonical
        }
        offset += 1
      }
      guard value < 0x20, ![0x08, 0x09, 0x0a, 0x0c, 0x0d].contains(value) else {
        throw .notCanonical
      }
      return value
    }

    private mutating func word(_ word: StaticString) throws(FormatError) {
      let count = word.utf8CodeUnitCount
      guard bytes.count - offset >= count,
        unsafe bytes[offset..<offset + count].elementsEqual(
          UnsafeBufferPointer(start: word.utf8Start, count: count))
      else { throw .notCanonical }
      offset += count
    }

    private mutating func expect(_ character: Unicode.Scalar) throws(FormatError) {
      guard skip(character) else { throw .notCanonical }
    }

    private mutating func skip(_ character: Unicode.Scalar) -> Bool {
      guard next == UInt8(ascii: character) else { return false }
      offset += 1
      return true
    }
  }
}
