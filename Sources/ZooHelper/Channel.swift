import Glibc

/// The socket to the parent: standard input and output. When the parent is gone, so is this process.
package struct Channel: Sendable {
  package static var isConnected: Bool {
    var status = stat()
    return fstat(STDIN_FILENO, &status) == 0 && status.st_mode & S_IFMT == S_IFSOCK
  }

  package init() {}

  package func send(_ kind: Wire.Kind, _ payload: UnsafeRawBufferPointer) {
    Wire.header(kind, count: payload.count).withUnsafeBytes { write($0) }
    write(payload)
  }

  package func send(_ kind: Wire.Kind, _ payload: [UInt8]) {
    payload.withUnsafeBytes { send(kind, $0) }
  }

  /// Says why nothing comes, and ends the process at once, without what its library would still do.
  package func end(_ reason: String) -> Never {
    send(.failure, Wire.failure(reason))
    _exit(0)
  }

  /// The next request.
  package func receive() -> (kind: Wire.Kind, payload: [UInt8]) {
    guard let (kind, count) = Wire.parse(read(Wire.headerSize)) else { exit(3) }
    return (kind, read(count))
  }

  private func read(_ count: Int) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var done = 0
    while done < count {
      let result = bytes.withUnsafeMutableBytes { buffer in
        Glibc.read(STDIN_FILENO, buffer.baseAddress.map { $0 + done }, count - done)
      }
      if result > 0 {
        done += result
      } else if result == 0 || errno != EINTR {
        exit(0)
      }
    }
    return bytes
  }

  private func write(_ bytes: UnsafeRawBufferPointer) {
    var done = 0
    while done < bytes.count {
      let result = Glibc.write(STDOUT_FILENO, bytes.baseAddress.map { $0 + done }, bytes.count - done)
      if result > 0 {
        done += result
      } else if result == 0 || errno != EINTR {
        exit(0)
      }
    }
  }
}
