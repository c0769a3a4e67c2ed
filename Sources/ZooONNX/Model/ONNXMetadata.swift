import FoundationEssentials

/// Lists of names among a model's properties, as JSON.
enum ONNXMetadata {
  static func text(_ names: [String]) -> String? {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .withoutEscapingSlashes
    return (try? encoder.encode(names)).map { String(decoding: $0, as: UTF8.self) }
  }

  /// `nil` for a text that is no such list.
  static func names(_ text: String) -> [String]? {
    try? JSONDecoder().decode([String].self, from: Data(text.utf8))
  }
}
