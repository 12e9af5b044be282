package import SystemPackage

/// A call on files that did not do what was asked.
///
/// `path` is as the caller gave it: relative to the root of a ``Folder``, or the person's own words
/// for an ``OutputFile``. It may name a case; show it, do not log it.
package struct StorageError: Error, Equatable {
  /// What was being done.
  package enum Operation: String, Sendable {
    case open, read, list, create, write, sync, link, rename, remove, makeFolder, readBack, close,
      truncate, lock
  }

  /// Why it failed.
  package enum Reason: Equatable, Sendable {
    /// The system said no; `errno` says why.
    case system
    /// A link, folder, pipe, socket or device stands where a regular file should, or a link or
    /// file where a folder should.
    case notRegular
    /// The file is larger than `limit` bytes.
    case tooLarge(limit: Int)
    /// The path is empty, leaves its folder, or holds a part that no file can have.
    case badName
    /// Something is there already, and was left alone.
    case alreadyExists
    /// What was read is not what was written, or the file changed while it was read.
    case changed
    /// A planned crash: only ``Faults`` makes it.
    case crashed
  }

  package let errno: Errno
  package let operation: Operation
  package let path: String
  package let reason: Reason

  package init(errno: Errno, operation: Operation, path: String, reason: Reason = .system) {
    self.errno = errno
    self.operation = operation
    self.path = path
    self.reason = reason
  }

  /// Nothing is there under this path.
  package var isMissing: Bool { reason == .system && errno == .noSuchFileOrDirectory }

  /// The disk or the quota is full.
  package var isOutOfSpace: Bool {
    reason == .system && (errno == .noSpace || errno == .diskQuotaExceeded)
  }

  /// The person may not do this, or the folder is mounted read-only.
  package var isRefused: Bool {
    reason == .system
      && (errno == .permissionDenied || errno == .notPermitted || errno == .readOnlyFileSystem)
  }
}

extension StorageError: CustomStringConvertible {
  /// One line without a full stop, such as "cannot write tmp/x: No space left on device".
  package var description: String {
    "cannot \(operation.words) \(path.isEmpty ? "the folder" : path): \(cause)"
  }

  private var cause: String {
    switch reason {
    case .system: errno.description
    case .notRegular: "not a regular file or folder"
    case .tooLarge(let limit): "larger than \(limit) bytes"
    case .badName: "not a name that can be used here"
    case .alreadyExists: "something is there already"
    case .changed: "it changed"
    case .crashed: "planned crash"
    }
  }
}

extension StorageError.Operation {
  fileprivate var words: String {
    switch self {
    case .makeFolder: "make the folder"
    case .readBack: "read back"
    default: rawValue
    }
  }
}
