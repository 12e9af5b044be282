import Storage
import SystemPackage
import Testing

@Suite struct ErrorTests {
  @Test func errorsReadAsOneLine() {
    let full = StorageError(errno: .noSpace, operation: .write, path: "tmp/x")
    #expect(full.description == "cannot write tmp/x: No space left on device")
    let giant = StorageError(
      errno: .fileTooLarge, operation: .read, path: "a", reason: .tooLarge(limit: 280))
    #expect(giant.description == "cannot read a: larger than 280 bytes")
    let root = StorageError(errno: .ioError, operation: .sync, path: "")
    #expect(root.description.hasPrefix("cannot sync the folder: "))
  }
}
