internal import CaseVault
internal import Sealing
internal import Storage
internal import SystemPackage

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// Why a program's request to a mount fails, as the kernel is told.
struct Refusal: Error {
  let errno: Int32

  init(_ errno: Int32) { self.errno = errno }

  /// What an error of casevault is to a program.
  init(_ error: any Error) {
    switch error {
    case let refusal as Refusal: self = refusal
    case let error as VaultError: self.init(error)
    case let error as StorageError: self.init(error)
    case let error as SealingError: self.init(error == .lockedMemoryUnavailable ? ENOMEM : EIO)
    default: self.init(EIO)
    }
  }

  private init(_ error: VaultError) {
    if let cause = error.cause as? StorageError {
      self.init(cause)
      return
    }
    switch error.code {
    case .notFound: self.init(ENOENT)
    case .refused, .noKey: self.init(EACCES)
    case .usage: self.init(EINVAL)
    default: self.init(EIO)
    }
  }

  private init(_ error: StorageError) {
    let number = error.errno.rawValue
    self.init([ENOSPC, EDQUOT, EFBIG, EROFS].contains(number) ? number : EIO)
  }
}
