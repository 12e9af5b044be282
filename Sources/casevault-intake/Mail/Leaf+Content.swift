internal import CGMime

extension Leaf {
  /// Calls `take` with the decoded content, piece by piece.
  func decoded(_ take: (UnsafeRawBufferPointer) throws -> Void) rethrows {
    switch self {
    case .part(let part):
      guard let content = g_mime_part_get_content(part),
        let source = g_mime_data_wrapper_get_stream(content)
      else { return }
      g_mime_stream_reset(source)
      guard
        let decoding = cg_decoding_stream(source, g_mime_data_wrapper_get_encoding(content))
      else { return }
      defer { g_object_unref(decoding) }
      try Self.drain(decoding, take)
    case .message(let message), .buried(let message):
      guard let inner = g_mime_message_part_get_message(message) else { return }
      try Self.written(cg_object(inner), take)
    }
  }

  /// The decoded size in bytes.
  var decodedSize: Int {
    var size = 0
    decoded { size += $0.count }
    return size
  }

  private static func drain(
    _ stream: UnsafeMutablePointer<GMimeStream>, _ take: (UnsafeRawBufferPointer) throws -> Void
  ) rethrows {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 1)
    defer { buffer.deallocate() }
    let start = buffer.bindMemory(to: CChar.self).baseAddress
    while true {
      let count = g_mime_stream_read(stream, start, buffer.count)
      guard count > 0 else { return }
      try take(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    }
  }

  /// A message within the message, as GMime writes it: header lines and contents as they came.
  private static func written(
    _ object: UnsafeMutablePointer<GMimeObject>?,
    _ take: (UnsafeRawBufferPointer) throws -> Void
  ) rethrows {
    guard let memory = g_mime_stream_mem_new() else { return }
    defer { g_object_unref(memory) }
    g_mime_object_write_to_stream(object, nil, memory)
    guard let bytes = cg_memory_of(memory), let data = bytes.pointee.data else { return }
    try take(UnsafeRawBufferPointer(start: data, count: Int(bytes.pointee.len)))
  }
}
