import ZooSystem

/// What a decoder finds wrong; it does not know the file's name.
struct DecodeFailure: Error {
  var reason: String
  var advice: String?

  init(_ reason: String, advice: String? = "replace or remove the file") {
    self.reason = reason
    self.advice = advice
  }

  static func corrupt(_ format: String, _ detail: String) -> DecodeFailure {
    DecodeFailure("is a corrupt or truncated \(format): \(detail)")
  }
}

extension FileError {
  init(_ path: String, _ failure: DecodeFailure) {
    self.init(path, failure.reason, advice: failure.advice)
  }
}
