import Glibc
import ZooHelper

/// What is said when libhdf5 ends the process, as version 2 does where it cannot create or close a file.
enum LibraryAbort {
  // Set once, before the library works, and read when it has stopped to.
  private nonisolated(unsafe) static var descriptor: Int32 = -1

  /// From now on, the end is explained by whether the file at `path` can still grow.
  static func explain(by path: String) {
    descriptor = open(path, O_WRONLY | O_CREAT, 0o666)
    signal(SIGABRT) { _ in LibraryAbort.report() }
  }

  private static func report() -> Never {
    let block = [UInt8](repeating: 0, count: 1 << 16)
    var offset = lseek(descriptor, 0, SEEK_END)
    let end = offset + block.count
    while offset < end {
      let written = pwrite(descriptor, block, end - offset, offset)
      guard written > 0 else {
        Channel().end("cannot use the file: \(String(cString: strerror(errno)))")
      }
      offset += written
    }
    Channel().end("libhdf5 gave up")
  }
}
