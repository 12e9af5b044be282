internal import CGMime

/// An end of the tree of parts: something with content, or a message within the message.
enum Leaf {
  /// A part with content of its own.
  case part(UnsafeMutablePointer<GMimePart>)
  /// A message whose own leaves follow.
  case message(UnsafeMutablePointer<GMimeMessagePart>)
  /// A message that lies too deep to be looked into.
  case buried(UnsafeMutablePointer<GMimeMessagePart>)

  /// How many messages within messages are looked into.
  static let messageDepth = 32

  var object: UnsafeMutablePointer<GMimeObject> {
    switch self {
    case .part(let part): UnsafeMutableRawPointer(part).assumingMemoryBound(to: GMimeObject.self)
    case .message(let message), .buried(let message):
      UnsafeMutableRawPointer(message).assumingMemoryBound(to: GMimeObject.self)
    }
  }

  /// Calls `visit` for every leaf below `root`, in the order of the bytes.
  ///
  /// Iterates rather than recurses: GMime itself allows a thousand levels.
  static func walk(
    _ root: UnsafeMutablePointer<GMimeObject>?, _ visit: (Leaf) throws -> Void
  ) rethrows {
    guard let root else { return }
    var pending = [(object: root, depth: 0)]
    while let (object, depth) = pending.popLast() {
      if cg_is_multipart(object) != 0 {
        let parts = cg_multipart(object)
        for index in (0..<g_mime_multipart_get_count(parts)).reversed() {
          guard let part = g_mime_multipart_get_part(parts, index) else { continue }
          pending.append((part, depth))
        }
      } else if cg_is_message(object) != 0 {
        let message = cg_message(object)!
        guard depth < messageDepth else {
          try visit(.buried(message))
          continue
        }
        try visit(.message(message))
        if let inner = g_mime_message_part_get_message(message),
          let content = g_mime_message_get_mime_part(inner)
        {
          pending.append((content, depth + 1))
        }
      } else if cg_is_part(object) != 0 {
        try visit(.part(cg_part(object)))
      }
    }
  }
}
