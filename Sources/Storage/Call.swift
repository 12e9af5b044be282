import SystemPackage

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Makes a system call, again as long as a signal interrupts it: the one place that knows EINTR. Not
/// for close(2): Linux has released the descriptor by then, and another thread may hold it.
func call<Number: SignedInteger>(_ body: () -> Number) throws(Errno) -> Number {
  while true {
    let result = body()
    if result != -1 { return result }
    let cause = Errno(rawValue: errno)
    if cause == .interrupted { continue }
    throw cause
  }
}

/// Makes a system call and gives its failure a name and a place.
func call<Number: SignedInteger>(
  _ operation: StorageError.Operation, _ path: String, _ body: () -> Number
) throws(StorageError) -> Number {
  do throws(Errno) {
    return try call(body)
  } catch {
    throw StorageError(errno: error, operation: operation, path: path)
  }
}

/// Makes a call that changes the file system, if the faults let it.
@discardableResult
func change<Number: SignedInteger>(
  _ operation: StorageError.Operation, _ path: String, _ faults: Faults?, _ body: () -> Number
) throws(StorageError) -> Number {
  _ = try faults?.ask(operation, path)
  return try call(operation, path, body)
}

extension StorageError {
  /// What an open means that failed because of what stands there.
  static func opening(
    _ path: String, _ errno: Errno, _ operation: Operation = .open
  ) -> StorageError {
    let strange: [Errno] = [.tooManySymbolicLinkLevels, .notDirectory, .noSuchAddressOrDevice]
    return StorageError(
      errno: errno, operation: operation, path: path,
      reason: strange.contains(errno) ? .notRegular : .system)
  }

  static func badName(_ path: String, _ operation: Operation) -> StorageError {
    StorageError(errno: .invalidArgument, operation: operation, path: path, reason: .badName)
  }

  static func alreadyExists(_ path: String, _ operation: Operation = .rename) -> StorageError {
    StorageError(errno: .fileExists, operation: operation, path: path, reason: .alreadyExists)
  }

  static func changed(_ path: String, _ operation: Operation) -> StorageError {
    StorageError(errno: .ioError, operation: operation, path: path, reason: .changed)
  }
}
