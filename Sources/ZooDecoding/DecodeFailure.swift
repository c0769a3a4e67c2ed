/// What a decoder finds wrong; it does not know the file's name.
package struct DecodeFailure: Error, Sendable {
  package var reason: String
  package var advice: String?

  package init(_ reason: String, advice: String? = "replace or remove the file") {
    self.reason = reason
    self.advice = advice
  }

  package static func corrupt(_ format: String, _ detail: String) -> DecodeFailure {
    DecodeFailure("is a corrupt or truncated \(format): \(detail)")
  }

  /// Of a helper, whose memory is limited.
  package static var noMemory: DecodeFailure {
    DecodeFailure("does not fit into the memory allowed", advice: "scale it down first")
  }
}
