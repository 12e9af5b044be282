import CPlatform
import SystemPackage

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// A regular file opened to read; closed when it goes out of scope.
package struct StoredFile: ~Copyable, Sendable {
  /// Its length in bytes when it was opened.
  package let size: Int

  private let descriptor: Descriptor
  private let path: String
  private let atOpening: cp_facts

  /// Throws `.notRegular` if it is anything but a regular file.
  init(_ descriptor: consuming Descriptor, path: String) throws(StorageError) {
    let facts: cp_facts
    do throws(Errno) {
      facts = try descriptor.factsAtOpening()
    } catch {
      throw StorageError(errno: error, operation: .open, path: path)
    }
    guard facts.isRegular else {
      throw StorageError(
        errno: .invalidArgument, operation: .open, path: path, reason: .notRegular)
    }
    self.atOpening = facts
    size = Int(atOpening.size)
    self.path = path
    self.descriptor = descriptor
  }

  /// Fills a buffer from `offset` on; returns the bytes read, fewer only at the end of the file.
  ///
  /// Throws `.read` with what the system says.
  package borrowing func read(
    into buffer: UnsafeMutableRawBufferPointer, at offset: Int
  ) throws(StorageError) -> Int {
    try unsafe read(into: buffer, at: offset, until: -1)
  }

  private borrowing func read(
    into buffer: UnsafeMutableRawBufferPointer, at offset: Int, until expected: Int
  ) throws(StorageError) -> Int {
    var done = 0
    let raw = descriptor.raw
    while done < buffer.count {
      let count = try call(.read, path) {
        unsafe pread(
          raw, buffer.baseAddress! + done, buffer.count - done, off_t(offset &+ done))
      }
      done += count
      if count == 0 || done == expected { break }
    }
    return done
  }

  /// Reads exactly `count` bytes.
  ///
  /// Throws `.changed` if the file ends before, else as ``read(into:at:)``.
  package borrowing func read(count: Int, at offset: Int) throws(StorageError) -> [UInt8] {
    let bytes = try readUp(to: count, at: offset)
    guard bytes.count == count else { throw .changed(path, .read) }
    return bytes
  }

  /// Whether size, inode and times are still those of the opening.
  package borrowing func unchanged() -> Bool {
    guard let now = try? descriptor.facts() else { return false }
    return now.isSame(as: atOpening) && now.size == atOpening.size
      && now.modified == atOpening.modified && now.changed == atOpening.changed
  }

  /// Tells the system that the file will be read from front to back.
  package borrowing func adviseSequential() { cp_advise_sequential(descriptor.raw) }

  /// Tells the system that `count` bytes from `offset` on will be read soon; there may be fewer.
  package borrowing func adviseSoon(_ count: Int, at offset: Int = 0) {
    cp_advise_soon(descriptor.raw, Int64(offset), Int64(count))
  }

  /// The whole file, or nil if its length is no longer that of the opening.
  borrowing func readAll() throws(StorageError) -> [UInt8]? {
    // One byte more than expected tells a file that has grown.
    let bytes = try readUp(to: size + 1, at: 0, expecting: size)
    return bytes.count == size ? bytes : nil
  }

  /// - Parameter expected: where one read ends exactly there it is not asked again whether the
  ///   file does: each question to a share costs milliseconds.
  borrowing func readUp(
    to count: Int, at offset: Int, expecting expected: Int = -1
  ) throws(StorageError) -> [UInt8] {
    var failure: StorageError?
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      do throws(StorageError) {
        filled = try unsafe read(
          into: UnsafeMutableRawBufferPointer(buffer), at: offset, until: expected)
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return bytes
  }
}
