internal import CFuse

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// How long most requests may take, in seconds.
private let quick = 15
/// What makes durable may wait for a large file to reach the medium.
private let durable = 120

private func text(_ name: UnsafePointer<CChar>?) throws -> String {
  guard let name, let text = String(validatingCString: name) else { throw Refusal(EINVAL) }
  return text
}

/// The table of what the kernel may ask, each with how long it may take.
///
/// What is not here is refused by the kernel itself (`ENOSYS`); opening and closing always are.
enum FuseOperations {
  static let table: fuse_lowlevel_ops = {
    var table = fuse_lowlevel_ops()
    fillNames(&table)
    fillFolders(&table)
    fillFiles(&table)
    fillRefused(&table)
    return table
  }()

  /// Finds the mount, and works on a request.
  fileprivate static func handle(
    _ request: fuse_req_t?, seconds: Int = quick, waits: Bool = true, atEnd: Bool = false,
    _ body: (VaultMount, Call) throws -> Void
  ) {
    guard let request, let pointer = fuse_req_userdata(request) else { return }
    let mount = Unmanaged<VaultMount>.fromOpaque(pointer).takeUnretainedValue()
    mount.session?.handle(request, seconds: seconds, waits: waits, atEnd: atEnd) { call in
      try body(mount, call)
    }
  }

  private static func fillNames(_ table: inout fuse_lowlevel_ops) {
    table.`init` = { _, connection in
      guard let connection else { return }
      connection.pointee.max_write = UInt32(FuseSession.maximumWrite)
      connection.pointee.max_background = 32
      let wanted = FUSE_CAP_ATOMIC_O_TRUNC | FUSE_CAP_ASYNC_READ | FUSE_CAP_PARALLEL_DIROPS
      connection.pointee.want |= UInt32(wanted) & connection.pointee.capable
      // Who executes a file, or changes its owner, is refused anyway.
      connection.pointee.want &= ~UInt32(FUSE_CAP_HANDLE_KILLPRIV | FUSE_CAP_SPLICE_READ)
      connection.pointee.time_gran = 1_000_000_000
    }
    table.lookup = { request, parent, name in
      FuseOperations.handle(request) { try $0.lookup($1, parent, text(name)) }
    }
    table.forget = { request, number, times in
      FuseOperations.handle(request, waits: false, atEnd: true) {
        $0.forget(number, times)
        $1.end()
      }
    }
    table.forget_multi = { request, count, items in
      FuseOperations.handle(request, waits: false, atEnd: true) { mount, call in
        for index in 0..<count {
          if let item = items?[index] { mount.forget(item.ino, item.nlookup) }
        }
        call.end()
      }
    }
    table.getattr = { request, number, _ in
      FuseOperations.handle(request, waits: false) { try $0.getattr($1, number) }
    }
    table.setattr = { request, number, attributes, mask, info in
      FuseOperations.handle(request) { mount, call in
        guard let attributes else { throw Refusal(EINVAL) }
        try mount.setattr(call, number, attributes.pointee, mask, info)
      }
    }
    table.statfs = { request, _ in FuseOperations.handle(request) { try $0.statfs($1) } }
    table.getxattr = { request, number, name, size in
      FuseOperations.handle(request, waits: false) {
        try $0.getxattr($1, number, text(name), size)
      }
    }
    table.listxattr = { request, number, size in
      FuseOperations.handle(request, waits: false) { try $0.listxattr($1, number, size) }
    }
  }

  private static func fillFolders(_ table: inout fuse_lowlevel_ops) {
    table.mkdir = { request, parent, name, _ in
      FuseOperations.handle(request) { try $0.mkdir($1, parent, text(name)) }
    }
    table.rmdir = { request, parent, name in
      FuseOperations.handle(request) { try $0.rmdir($1, parent, text(name)) }
    }
    table.unlink = { request, parent, name in
      FuseOperations.handle(request, seconds: durable) { try $0.unlink($1, parent, text(name)) }
    }
    table.rename = { request, parent, name, newParent, newName, flags in
      FuseOperations.handle(request, seconds: durable) {
        try $0.rename($1, parent, text(name), to: newParent, text(newName), flags)
      }
    }
    table.opendir = { request, number, info in
      FuseOperations.handle(request) { mount, call in
        guard let info else { throw Refusal(EINVAL) }
        try mount.opendir(call, number, info)
      }
    }
    table.readdir = { request, number, size, offset, info in
      FuseOperations.handle(request, waits: false) { mount, call in
        guard let info else { throw Refusal(EINVAL) }
        try mount.readdir(call, number, size: size, offset: Int(offset), info, isPlus: false)
      }
    }
    table.readdirplus = { request, number, size, offset, info in
      FuseOperations.handle(request, waits: false) { mount, call in
        guard let info else { throw Refusal(EINVAL) }
        try mount.readdir(call, number, size: size, offset: Int(offset), info, isPlus: true)
      }
    }
    table.releasedir = { request, _, info in
      FuseOperations.handle(request, waits: false, atEnd: true) { mount, call in
        guard let info else { throw Refusal(EINVAL) }
        mount.releasedir(call, info)
      }
    }
    table.fsyncdir = { request, _, _, _ in
      FuseOperations.handle(request, waits: false) { $1.succeed() }
    }
  }

  private static func fillFiles(_ table: inout fuse_lowlevel_ops) {
    table.open = { request, number, info in
      FuseOperations.handle(request) { mount, call in
        guard let info else { throw Refusal(EINVAL) }
        try mount.open(call, number, info)
      }
    }
    table.create = { request, parent, name, _, info in
      FuseOperations.handle(request) { mount, call in
        guard let info else { throw Refusal(EINVAL) }
        try mount.create(call, parent, text(name), info)
      }
    }
    table.read = { request, _, size, offset, info in
      FuseOperations.handle(request) {
        try $0.read($1, size: size, offset: Int(offset), info)
      }
    }
    // What the kernel still has when the end has begun is brought to safety.
    table.write = { request, _, bytes, size, offset, info in
      FuseOperations.handle(request, atEnd: true) {
        try $0.write($1, UnsafeRawBufferPointer(start: bytes, count: size), at: Int(offset), info)
      }
    }
    table.flush = { request, _, info in
      FuseOperations.handle(request, seconds: durable) { try $0.flush($1, info) }
    }
    table.fsync = { request, _, _, info in
      FuseOperations.handle(request, seconds: durable) { try $0.fsync($1, info) }
    }
    table.release = { request, _, info in
      FuseOperations.handle(request, seconds: durable, waits: false, atEnd: true) {
        try $0.release($1, info)
      }
    }
  }

  /// What no folder of cases has: links, devices, pipes, names of a program's own for attributes.
  private static func fillRefused(_ table: inout fuse_lowlevel_ops) {
    table.symlink = { request, _, _, _ in
      FuseOperations.handle(request, waits: false) { $1.fail(EPERM) }
    }
    table.link = { request, _, _, _ in
      FuseOperations.handle(request, waits: false) { $1.fail(EPERM) }
    }
    table.mknod = { request, _, _, _, _ in
      FuseOperations.handle(request, waits: false) { $1.fail(EPERM) }
    }
    table.setxattr = { request, _, _, _, _, _ in
      FuseOperations.handle(request, waits: false) { $1.fail(ENOTSUP) }
    }
    table.removexattr = { request, _, _ in
      FuseOperations.handle(request, waits: false) { $1.fail(ENOTSUP) }
    }
  }
}
