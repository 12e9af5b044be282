/// Returns bytes that ought to be UTF-8, such as a file name, as one safe line.
///
/// What is UTF-8 is shown as ``escaped(_:)`` shows it; each byte that is not is
/// shown as `\xNN`, so that two different names are never shown alike by a
/// replacement character.
package func escaped(bytes: [UInt8]) -> String {
  var shown = ""
  // Scalars are gathered first: an emoji is only recognised as a whole.
  var valid = ""
  var position = bytes.startIndex
  var iterator = bytes.makeIterator()
  var parser = Unicode.UTF8.ForwardParser()

  while true {
    switch parser.parseScalar(from: &iterator) {
    case .valid(let encoded):
      valid.unicodeScalars.append(Unicode.UTF8.decode(encoded))
      position += encoded.count
    case .error(let length):
      shown += escaped(valid)
      valid = ""
      for byte in bytes[position..<(position + length)] {
        shown += "\\x" + hexadecimal(UInt32(byte), digits: 2)
      }
      position += length
    case .emptyInput:
      return shown + escaped(valid)
    }
  }
}
