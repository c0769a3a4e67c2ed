import Dispatch
import Glibc
import Synchronization

/// A small HTTP/1.1 server on 127.0.0.1, one connection after another.
final class LoopbackServer: Sendable {
  struct Request: Sendable {
    var path: String
    /// Names in lower case.
    var headers: [String: String]

    /// Where the wanted rest begins, as in `Range: bytes=100-`.
    var rangeStart: Int? {
      headers["range"].flatMap { Int($0.drop { !$0.isNumber }.prefix { $0.isNumber }) }
    }
  }

  struct Response: Sendable {
    enum End: Sendable { case orderly, cut, silence }

    var status = 200
    var headers: [String: String] = [:]
    var body: [UInt8] = []
    /// Instead of the length of the body.
    var declaredLength: Int?
    var isChunked = false
    /// How many bytes of the body are sent; then comes the end.
    var sent: Int?
    var end = End.orderly

    /// The file, or the rest of it that was asked for.
    static func file(_ bytes: [UInt8], tag: String = "\"1\"", _ request: Request) -> Response {
      guard let start = request.rangeStart, request.headers["if-range"] == tag else {
        return Response(headers: ["ETag": tag], body: bytes)
      }
      let range = "bytes \(start)-\(bytes.count - 1)/\(bytes.count)"
      return Response(
        status: 206, headers: ["ETag": tag, "Content-Range": range], body: Array(bytes[start...]))
    }

    /// The same, with the connection cut after `count` bytes.
    func cut(after count: Int) -> Response {
      var response = self
      response.sent = min(count, body.count)
      response.end = .cut
      return response
    }
  }

  let port: UInt16
  private let listener: Int32
  private let isStopped = Atomic(false)
  private let stopped = DispatchGroup()
  private let log = Mutex<[Request]>([])

  /// - Parameter respond: answers the n-th request, counted from 0.
  init(_ respond: @escaping @Sendable (Request, Int) -> Response) {
    withoutProxies
    (listener, port) = boundSocket()
    listen(listener, 16)
    DispatchQueue(label: "loopback").async(group: stopped) { [self] in serve(respond) }
  }

  func url(_ path: String = "/weights.h5") -> String { "http://127.0.0.1:\(port)\(path)" }

  /// What was asked for so far.
  var requests: [Request] { log.withLock { $0 } }

  /// Ends the server, whose own thread keeps this object alive until then.
  func stop() {
    isStopped.store(true, ordering: .relaxed)
    shutdown(listener, Int32(SHUT_RDWR))
    stopped.wait()
    close(listener)
  }

  private func serve(_ respond: (Request, Int) -> Response) {
    while !isStopped.load(ordering: .relaxed) {
      let connection = accept(listener, nil, nil)
      guard connection >= 0 else { continue }
      if let request = read(connection) {
        let index = log.withLock { log in
          log.append(request)
          return log.count - 1
        }
        answer(connection, respond(request, index))
      }
      close(connection)
    }
  }

  private func read(_ connection: Int32) -> Request? {
    var head = ""
    var buffer = [UInt8](repeating: 0, count: 4_096)
    while !head.contains("\r\n\r\n") {
      while !waits(for: connection) {
        if isStopped.load(ordering: .relaxed) { return nil }
      }
      let count = recv(connection, &buffer, buffer.count, 0)
      // Not "GET": the start of a TLS handshake.
      guard count > 0, !head.isEmpty || buffer[0] == UInt8(ascii: "G") else { return nil }
      head += String(decoding: buffer.prefix(count), as: UTF8.self)
    }
    let lines = head.split(separator: "\r\n").map(String.init)
    let pairs = lines.dropFirst().compactMap { line in
      line.firstIndex(of: ":").map {
        (line[..<$0].lowercased(), String(line[line.index(after: $0)...].drop { $0 == " " }))
      }
    }
    let path = lines.first?.split(separator: " ").dropFirst().first.map(String.init) ?? "/"
    return Request(path: path, headers: Dictionary(pairs) { $1 })
  }

  private func answer(_ connection: Int32, _ response: Response) {
    var headers = response.headers
    headers["Connection"] = "close"
    if response.isChunked {
      headers["Transfer-Encoding"] = "chunked"
    } else {
      headers["Content-Length"] = "\(response.declaredLength ?? response.body.count)"
    }
    let head = headers.map { "\($0.key): \($0.value)\r\n" }.joined()
    send(connection, Array("HTTP/1.1 \(response.status) Text\r\n\(head)\r\n".utf8))
    let body = Array(response.body.prefix(response.sent ?? .max))
    send(connection, response.isChunked ? chunked(body, ends: response.end == .orderly) : body)
    if response.end == .silence {
      while !waits(for: connection), !isStopped.load(ordering: .relaxed) {}
    }
  }

  private func chunked(_ body: [UInt8], ends: Bool) -> [UInt8] {
    var bytes: [UInt8] = []
    for start in stride(from: 0, to: body.count, by: 1_000) {
      let chunk = body[start..<min(start + 1_000, body.count)]
      bytes += Array("\(String(chunk.count, radix: 16))\r\n".utf8) + chunk + Array("\r\n".utf8)
    }
    return bytes + (ends ? Array("0\r\n\r\n".utf8) : [])
  }

  private func send(_ connection: Int32, _ bytes: [UInt8]) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes {
        Glibc.send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { return }
      rest = rest.dropFirst(count)
    }
  }

  /// Whether something (or the end) comes from the client within a fifth of a second.
  private func waits(for connection: Int32) -> Bool {
    var state = pollfd(fd: connection, events: Int16(POLLIN), revents: 0)
    return poll(&state, 1, 200) > 0
  }
}

/// A port at which nobody listens, and nobody else can until this object is gone.
final class ClosedPort {
  private let (descriptor, port) = boundSocket()

  var url: String { "http://127.0.0.1:\(port)/weights.h5" }

  init() { withoutProxies }

  deinit { close(descriptor) }
}

/// Once: another thread may be reading the environment.
private let withoutProxies: Void = { _ = setenv("no_proxy", "*", 1) }()

/// A socket at a free port of 127.0.0.1.
private func boundSocket() -> (descriptor: Int32, port: UInt16) {
  let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
  var length = socklen_t(MemoryLayout<sockaddr_in>.size)
  withUnsafeMutablePointer(to: &address) { pointer in
    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
      _ = bind(descriptor, address, length)
      _ = getsockname(descriptor, address, &length)
    }
  }
  return (descriptor, address.sin_port.bigEndian)
}
