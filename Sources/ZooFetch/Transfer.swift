import CCurlShim

/// One request, whose answer is written to a partial file: all of it, or the rest of it.
final class Transfer {
  static let maximumRedirects = 5

  /// Whether the server has sent anything of the file.
  private(set) var hasReceived = false
  /// Seconds for which the server asked to be left alone.
  private(set) var retryAfter = 0

  private let download: Download
  private let part: PartialFile
  private let progress: (DownloadProgress) -> Void
  private var asksForRest = false
  private var hasBegun = false
  /// Why no more bytes are taken.
  private var refusal: DownloadError.Reason?

  init(_ download: Download, _ part: PartialFile, _ progress: @escaping (DownloadProgress) -> Void) {
    self.download = download
    self.part = part
    self.progress = progress
  }

  func run() throws(DownloadError.Reason) {
    let canResume = part.canResume(download.url)
    if canResume, part.isComplete { return }
    asksForRest = canResume
    let request = try CurlRequest(download.url, download.limits)
    if canResume, let validator = part.origin?.validator {
      try request.ask(forBytesFrom: part.size, ofVersion: validator)
    }
    let code = request.perform { [self] bytes in receive(bytes, request) }
    retryAfter = request.retryAfter
    if let refusal { throw refusal }
    guard code == CURLE_OK else { throw reason(code, request) }
    if !hasBegun { try begin(request) }
    let total = part.origin?.total
    guard total != 0 else { throw .empty }
    guard part.size > 0, part.size >= total ?? 0 else {
      throw .cutOff(received: part.size, expected: total)
    }
  }

  /// Takes one piece of the body.
  ///
  /// - Returns: whether to go on.
  private func receive(_ bytes: UnsafeRawBufferPointer, _ request: CurlRequest) -> Bool {
    do throws(DownloadError.Reason) {
      guard !Task.isCancelled else { throw .cancelled }
      if !hasBegun { try begin(request) }
      try refuse(sizesAbove: part.size + bytes.count)
      try part.append(bytes)
      hasReceived = true
      progress(DownloadProgress(received: part.size, total: part.origin?.total))
      return true
    } catch {
      refusal = error
      return false
    }
  }

  /// Judges the head of the answer before the first byte of its body is taken.
  private func begin(_ request: CurlRequest) throws(DownloadError.Reason) {
    hasBegun = true
    if request.header("Content-Type")?.lowercased().hasPrefix("text/html") == true { throw .webPage }
    switch request.status {
    case 200:
      let origin = PartialFile.Origin(
        url: download.url, validator: request.validator, total: request.contentLength)
      try refuse(sizesAbove: origin.total ?? 0)
      if let expected = download.expected.size, let total = origin.total, total != expected {
        throw .wrongSize(expected: expected, found: total)
      }
      try part.restart(origin)
    case 206:
      guard asksForRest, let range = request.contentRange, range.start == part.size,
        agrees(range.total, part.origin?.total), agrees(request.validator, part.origin?.validator)
      else { throw .rangeNotHonoured }
    default:
      throw .status(request.status)
    }
  }

  /// Whether two values do not contradict each other; one that is unknown never does.
  private func agrees<Value: Equatable>(_ one: Value?, _ other: Value?) -> Bool {
    one == nil || other == nil || one == other
  }

  private func refuse(sizesAbove size: Int) throws(DownloadError.Reason) {
    let limit = min(download.limits.maximumSize, download.expected.size ?? .max)
    if size > limit { throw .tooLarge(size, limit: limit) }
  }

  private func reason(_ code: CURLcode, _ request: CurlRequest) -> DownloadError.Reason {
    switch code {
    case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL:
      request.redirects > 0 ? .forbiddenRedirect : .invalidURL
    case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY, CURLE_COULDNT_CONNECT:
      .unreachable(request.message(code))
    case CURLE_ABORTED_BY_CALLBACK where Task.isCancelled: .cancelled
    case CURLE_OPERATION_TIMEDOUT, CURLE_ABORTED_BY_CALLBACK:
      request.hasConnected
        ? .stalled(seconds: download.limits.stalling.wholeSeconds)
        : .connectionTimedOut(seconds: download.limits.connecting.wholeSeconds)
    case CURLE_HTTP_RETURNED_ERROR:
      asksForRest && request.status == 416 ? .rangeNotHonoured : .status(request.status)
    case CURLE_TOO_MANY_REDIRECTS: .tooManyRedirects
    case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE,
      CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS:
      .insecure(request.message(code))
    case CURLE_PARTIAL_FILE, CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_GOT_NOTHING, CURLE_HTTP2,
      CURLE_HTTP2_STREAM:
      .cutOff(received: part.size, expected: part.origin?.total)
    default: .other(request.message(code))
    }
  }
}
