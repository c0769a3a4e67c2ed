import ZooSystem

/// Why a file could not be downloaded. One line: the URL, what is wrong, what to do.
public struct DownloadError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What went wrong.
  public enum Reason: Error, Sendable, Equatable {
    /// Not http or https, or no URL at all.
    case invalidURL
    /// The name cannot be resolved, or the server not be reached.
    case unreachable(String)
    /// No connection within so many seconds.
    case connectionTimedOut(seconds: Int)
    /// Next to nothing arrived for so many seconds.
    case stalled(seconds: Int)
    /// No secure connection: the certificate, or the protocol.
    case insecure(String)
    /// The server's answer is neither 200 nor 206.
    case status(Int)
    /// The server sent on, and on.
    case tooManyRedirects
    /// To another protocol than http and https, or away from https.
    case forbiddenRedirect
    /// The file on the server has no bytes.
    case empty
    /// Ended early, at so many bytes.
    case cutOff(received: Int, expected: Int?)
    /// The server answered a request for the rest of the file with something else.
    case rangeNotHonoured
    /// Bytes, and how many are accepted.
    case tooLarge(Int, limit: Int)
    /// A web page instead of the file.
    case webPage
    /// Bytes.
    case wrongSize(expected: Int, found: Int)
    /// In hexadecimal.
    case wrongHash(Digest.Algorithm, expected: String, found: String)
    /// The task that downloads was cancelled.
    case cancelled
    /// Another process is downloading to this file.
    case busy(String)
    /// A file could not be read or written.
    case file(FileError)
    /// What libcurl says about anything else.
    case other(String)
  }

  /// What was to be downloaded.
  public var url: String
  /// What went wrong.
  public var reason: Reason

  /// - Parameter reason: what went wrong.
  public init(url: String, reason: Reason) {
    self.url = url
    self.reason = reason
  }

  public var description: String {
    if case .file(let error) = reason { return "\(error)" }
    return "\(url): \(reason.text)" + (reason.advice.map { "; \($0)" } ?? "")
  }
}

extension DownloadError.Reason {
  /// Whether it may go well when tried again. A network that was there a moment ago may come back; one that
  /// never was is not waited for.
  func isTransient(hasReceived: Bool) -> Bool {
    switch self {
    case .unreachable, .connectionTimedOut: hasReceived
    case .stalled, .cutOff, .rangeNotHonoured: true
    case .status(let code): [408, 429, 500, 502, 503, 504].contains(code)
    default: false
    }
  }

  /// Whether the fault is with the server or the way to it, so that another way may help.
  public var isAboutTheWay: Bool {
    switch self {
    case .busy, .cancelled, .file, .invalidURL, .wrongHash, .wrongSize: false
    default: true
    }
  }

  /// What is wrong, without the URL and advice.
  public var text: String {
    switch self {
    case .invalidURL: "is not an http or https address"
    case .unreachable(let detail): "cannot be reached: \(detail)"
    case .connectionTimedOut(let seconds): "no connection within \(seconds) s"
    case .stalled(let seconds): "nothing has arrived for \(seconds) s"
    case .insecure(let detail): "no secure connection: \(detail)"
    case .status(let code): "the server answered with HTTP status \(code)" + Self.meaning(of: code)
    case .tooManyRedirects: "was redirected more than \(Transfer.maximumRedirects) times"
    case .forbiddenRedirect: "was redirected to an address that is not http or https, or not https any more"
    case .empty: "the file there is empty"
    case .cutOff(let received, let expected):
      "was cut off at \(received.grouped)" + (expected.map { " of \($0.grouped)" } ?? "") + " bytes"
    case .rangeNotHonoured: "the server did not send the part of the file that it was asked for"
    case .tooLarge(let size, let limit):
      "has \(size.grouped) bytes or more, where at most \(limit.grouped) are accepted"
    case .webPage: "the server sent a web page instead of the file"
    case .wrongSize(let expected, let found):
      "has the wrong size: expected \(expected.grouped) bytes, found \(found.grouped)"
    case .wrongHash(let algorithm, let expected, let found):
      "has the wrong \(algorithm.name): expected \(expected), found \(found)"
    case .cancelled: "the download was cancelled"
    case .busy(let path): "is being downloaded by another process, which holds '\(path)'"
    case .file(let error): error.description
    case .other(let detail): detail
    }
  }

  var advice: String? {
    switch self {
    case .invalidURL, .forbiddenRedirect, .tooManyRedirects: "check the address"
    case .unreachable, .connectionTimedOut: "check the network and the proxy settings"
    case .insecure: "check the clock, the proxy and the system's certificates"
    case .status(let code): code == 404 || code == 410 ? "check the address" : "try again later"
    case .stalled, .cutOff, .cancelled: "run it again to continue: what has arrived is kept"
    case .rangeNotHonoured, .other: "try again later"
    case .webPage: "log in where the network asks for it, or check the address"
    case .wrongSize, .wrongHash:
      "it was removed; try again: if that ends the same, the published file has changed"
    case .busy: "wait until that has finished"
    case .empty, .tooLarge: "check the address"
    case .file: nil
    }
  }

  private static func meaning(of code: Int) -> String {
    switch code {
    case 401, 403: " (no access)"
    case 404, 410: " (not found)"
    case 407: " (the proxy wants a login)"
    case 429: " (too many requests)"
    case 500...599: " (a fault of the server)"
    default: ""
    }
  }
}

extension Digest.Algorithm {
  /// `SHA-256`.
  var name: String {
    switch self {
    case .md5: "MD5"
    case .sha256: "SHA-256"
    }
  }
}

/// Turns the error of a file into a reason.
func reading<Value>(_ body: () throws(FileError) -> Value) throws(DownloadError.Reason) -> Value {
  do throws(FileError) {
    return try body()
  } catch {
    throw .file(error)
  }
}
