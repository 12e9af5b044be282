/// Why bytes are not what the format says. None carries the bytes.
package enum FormatError: Error, Equatable {
  /// The file ends before its fields do.
  case truncated
  /// Bytes follow where the file should end.
  case trailingBytes
  /// The first bytes are not casevault's.
  case notCasevault
  /// A version, suite or file type of a later program.
  case laterProgram
  /// A file of another type than the place asks for.
  case wrongType
  /// A field that must be zero is not.
  case notZero
  /// A field lies outside its bounds or says something impossible.
  case invalid(_ field: String)
  /// JSON that is not in the canonical form.
  case notCanonical
  /// A name that must be there is not.
  case missing(_ field: String)
}
