import CCurlShim
import ZooSystem

/// A GET request through libcurl.
final class CurlRequest {
  private let handle: UnsafeMutableRawPointer
  private let messages = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
  private var headers: UnsafeMutablePointer<curl_slist>?
  private let stalling: Duration
  private var lastArrival = ContinuousClock.now
  private var receiver: ((UnsafeRawBufferPointer) -> Bool)?

  /// Once per process, by whichever thread comes first.
  private static let library = curl_global_init(Int(CURL_GLOBAL_DEFAULT))

  init(_ url: String, _ limits: DownloadLimits) throws(DownloadError.Reason) {
    let scheme = url.prefix { $0 != ":" }.lowercased()
    // Without one, libcurl would guess.
    guard ["http", "https"].contains(scheme), url.contains(":") else {
      messages.deallocate()
      throw .invalidURL
    }
    guard Self.library == CURLE_OK, let handle = curl_easy_init() else {
      messages.deallocate()
      throw .other("libcurl cannot be set up")
    }
    self.handle = handle
    stalling = limits.stalling
    messages.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    try check(zoo_curl_set_error_buffer(handle, messages))
    try check(zoo_curl_set_string(handle, CURLOPT_URL, url))
    try check(zoo_curl_restrict_protocols(handle, scheme == "https" ? 1 : 0))
    try check(zoo_curl_set_string(handle, CURLOPT_USERAGENT, "zoo/\(zooVersion)"))
    try set(CURLOPT_FOLLOWLOCATION, 1)
    try set(CURLOPT_MAXREDIRS, Transfer.maximumRedirects)
    try set(CURLOPT_FAILONERROR, 1)
    try set(CURLOPT_CONNECTTIMEOUT_MS, limits.connecting.wholeSeconds * 1_000)
    // A trickle; silence is noticed sooner, by the watch.
    try set(CURLOPT_LOW_SPEED_LIMIT, 100)
    try set(CURLOPT_LOW_SPEED_TIME, limits.stalling.wholeSeconds)
    // These are the defaults; stated, as everything hangs on them.
    try set(CURLOPT_SSL_VERIFYPEER, 1)
    try set(CURLOPT_SSL_VERIFYHOST, 2)
    if let file = Certificates.file { try check(zoo_curl_set_string(handle, CURLOPT_CAINFO, file)) }
  }

  deinit {
    curl_easy_cleanup(handle)
    curl_slist_free_all(headers)
    messages.deallocate()
  }

  /// Asks for the rest of the file, or for all of it if it is not the same version any more.
  func ask(forBytesFrom start: Int, ofVersion validator: String) throws(DownloadError.Reason) {
    headers = curl_slist_append(headers, "If-Range: \(validator)")
    try check(zoo_curl_set_list(handle, CURLOPT_HTTPHEADER, headers))
    try check(zoo_curl_set_string(handle, CURLOPT_RANGE, "\(start)-"))
  }

  /// Sends the request and waits for the end of the answer.
  ///
  /// - Parameter receiver: takes the pieces of the body of the last answer; `false` ends the transfer.
  func perform(_ receiver: @escaping (UnsafeRawBufferPointer) -> Bool) -> CURLcode {
    self.receiver = receiver
    defer { self.receiver = nil }
    lastArrival = .now
    let context = Unmanaged.passUnretained(self).toOpaque()
    var code = zoo_curl_set_receiver(
      handle,
      { bytes, size, count, context in
        let piece = UnsafeRawBufferPointer(start: bytes, count: size * count)
        return CurlRequest.of(context)?.receive(piece) == true ? piece.count : 0
      }, context)
    if code == CURLE_OK {
      code = zoo_curl_set_watch(
        handle, { context, _, _, _, _ in CurlRequest.of(context)?.isHopeless == false ? 0 : 1 }, context)
    }
    return code == CURLE_OK ? curl_easy_perform(handle) : code
  }

  private static func of(_ context: UnsafeMutableRawPointer?) -> CurlRequest? {
    context.map { Unmanaged<CurlRequest>.fromOpaque($0).takeUnretainedValue() }
  }

  private func receive(_ piece: UnsafeRawBufferPointer) -> Bool {
    lastArrival = .now
    return receiver?(piece) == true
  }

  /// Nothing arrives, or nobody waits for it any more.
  private var isHopeless: Bool { lastArrival.duration(to: .now) > stalling || Task.isCancelled }

  private func set(_ option: CURLoption, _ value: Int) throws(DownloadError.Reason) {
    try check(zoo_curl_set_long(handle, option, value))
  }

  private func check(_ code: CURLcode) throws(DownloadError.Reason) {
    guard code == CURLE_OK else { throw .other(message(code)) }
  }
}

/// What is known about the last answer.
extension CurlRequest {
  var status: Int { zoo_curl_get_long(handle, CURLINFO_RESPONSE_CODE) }

  var redirects: Int { zoo_curl_get_long(handle, CURLINFO_REDIRECT_COUNT) }

  var hasConnected: Bool { zoo_curl_get_offset(handle, CURLINFO_CONNECT_TIME_T) > 0 }

  /// Seconds.
  var retryAfter: Int { max(0, Int(zoo_curl_get_offset(handle, CURLINFO_RETRY_AFTER))) }

  /// Bytes of the body, where declared.
  var contentLength: Int? {
    let length = Int(zoo_curl_get_offset(handle, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T))
    return length >= 0 ? length : nil
  }

  /// What `If-Range` may be asked with: a strong ETag, else the date of last modification (RFC 9110, 13.1.5).
  var validator: String? {
    if let tag = header("ETag"), tag.hasPrefix("\"") { return tag }
    return header("Last-Modified")
  }

  /// `bytes 100-199/200`.
  var contentRange: (start: Int, total: Int?)? {
    guard let words = header("Content-Range")?.split(separator: " "), words.count == 2, words[0] == "bytes"
    else { return nil }
    let parts = words[1].split(whereSeparator: { "-/".contains($0) })
    guard parts.count == 3, let start = Int(parts[0]) else { return nil }
    return (start, Int(parts[2]))
  }

  func header(_ name: String) -> String? {
    var header: UnsafeMutablePointer<curl_header>?
    guard curl_easy_header(handle, name, 0, UInt32(CURLH_HEADER), -1, &header) == CURLHE_OK else {
      return nil
    }
    return header?.pointee.value.map { String(cString: $0) }
  }

  /// One line.
  func message(_ code: CURLcode) -> String {
    let detail = String(cString: messages)
    let text = detail.isEmpty ? String(cString: curl_easy_strerror(code)) : detail
    return text.split(whereSeparator: \.isNewline).joined(separator: " ")
  }
}

extension Duration {
  /// At least one, at most a day.
  var wholeSeconds: Int { Int(min(max(1, components.seconds), 86_400)) }
}
