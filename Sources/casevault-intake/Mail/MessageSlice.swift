/// Where one message lies in the document.
struct MessageSlice {
  /// Where its "From " line begins in an mbox; elsewhere where the message begins.
  let marker: Int64
  /// The bytes of the message itself.
  let bytes: Range<Int64>
  let isInMbox: Bool
}
