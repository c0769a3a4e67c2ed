import ZooExport
import ZooGraph

/// What a placeholder of a synopsis (`MODEL`, `OUT.zoo`, `avg|max|none`) stands for, so that a shell can offer it.
struct Placeholder: Equatable {
  /// Something that may stand there.
  enum Offer: Equatable {
    case word(String)
    /// With this ending where there is one.
    case file(ending: String?)
    case folder
    case base
    /// A layer or stage of the model that is named.
    case layer
  }

  /// Empty where nothing is known: a number, a name that only the user knows.
  var offers: [Offer]

  /// - Returns: `nil` for a placeholder that is not known here.
  init?(_ text: String) {
    offers = []
    for part in text.split(separator: "|").map(String.init) {
      guard let found = Self.offers(for: part) else { return nil }
      offers += found
    }
  }

  private static func offers(for part: String) -> [Offer]? {
    // What is written as it is typed.
    if part.allSatisfy({ $0.isASCII && ($0.isLowercase || $0.isNumber || $0 == "-") }) {
      return [.word(part)]
    }
    if let offers = named[part] { return offers }
    let pieces = part.split(separator: ".", maxSplits: 1)
    if pieces.count == 2, ["FILE", "MODEL", "OUT"].contains(pieces[0]) {
      return [.file(ending: String(pieces[1]))]
    }
    return free.contains(part) ? [] : nil
  }

  private static let named: [String: [Offer]] = [
    "BASE": [.base],
    "DATA": [.file(ending: nil)],
    "FILE": [.file(ending: nil)],
    "FOLDER": [.folder],
    "IMAGE": [.file(ending: nil)],
    "INPUT": [.file(ending: nil)],
    "LAYER": [.layer],
    "LAYERS": [.word("head"), .word("all"), .layer],
    "MODE": ResizeMode.allCases.map { .word($0.rawValue) },
    "MODEL": [.file(ending: "zoo"), .base],
    "OUT": [.file(ending: nil)],
    "OUT.ENDING": ExportFormats.all.map { .file(ending: String($0.ending.dropFirst())) },
    "PATH": [.file(ending: nil)],
    "SOURCE": [.file(ending: nil)],
  ]

  /// What only the user knows.
  private static let free: Set<String> = [
    "ALPHA", "COMMAND", "EPOCHS", "FACTOR", "FACTOR:PATIENCE", "HxW", "K", "N", "N,…", "P",
    "PATTERN",
    "RATE", "SHARE", "SIZE", "SPEC", "STEPS", "URL", "exponential:FACTOR",
  ]
}

extension Option {
  /// What may follow; `nil` for a switch.
  var placeholder: Placeholder? { value.flatMap(Placeholder.init) }
  /// `-o`, `--output`.
  var spellings: [String] { [short, name].compactMap { $0 } }
}

extension Synopsis {
  struct Positional {
    /// As it is written, without brackets and dots.
    var name: String
    var placeholder: Placeholder?
    var repeats: Bool
  }

  /// The arguments that are no options, in their order.
  var positionals: [Positional] {
    arguments.split(separator: " ").map { word in
      let name = String(word.filter { !"[]…".contains($0) })
      return Positional(name: name, placeholder: Placeholder(name), repeats: word.contains("…"))
    }
  }

  /// What may stand at each place, the last of which is for all that follow; empty where nothing may.
  var places: [[Placeholder.Offer]] {
    let offers = positionals.map { $0.placeholder?.offers ?? [] }
    // Where something repeats, what follows it may come at any place.
    guard let first = positionals.firstIndex(where: \.repeats) else { return offers + [[]] }
    return offers[..<first] + [
      offers[first...].joined().reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    ]
  }
}
