import FoundationEssentials
import ZooGraph
import ZooPlugin
import ZooStore
import ZooSystem

/// `zoo list`: the available bases.
enum List: Verb {
  static let synopsis = Synopsis(
    name: "list", arguments: "[PATTERN]",
    summary: "List the bases: family, parameters, input size, accuracy, preprocessing.",
    details: """
      PATTERN is a part of a name, or a whole one in which * and ? stand for anything: 'resnet', 'mobilenetv2_*_224'.
      Capital letters do not matter. At hand are weights that 'zoo fetch' has put into the store.
      """,
    options: [.flag(.json, "An array of objects, for programs.")])

  static func run(_ context: Context) throws {
    let arguments = context.arguments
    guard arguments.positionals.count <= 1 else {
      throw UsageError("takes one PATTERN, found \(arguments.positionals.count)")
    }
    var bases = try context.registry().bases
    if let pattern = arguments.positionals.first {
      let names = bases.map(\.name)
      let isWhole = pattern.contains { "*?".contains($0) }
      let glob = (isWhole ? pattern : "*\(pattern)*").lowercased()
      bases = bases.filter { matches($0.name.lowercased(), glob: glob) }
      if bases.isEmpty {
        throw Failure(unknown(pattern, amongst: names, what: "base").followed(by: "'zoo list' shows all"))
      }
    }
    if arguments.has(.json) {
      context.console.print("[\n" + (try bases.map(json).joined(separator: ",\n")) + "\n]")
    } else {
      context.console.print(text(bases))
    }
  }

  /// An object on one line, the name first: the encoder would sort it among the others.
  private static func json(_ base: Base) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let name = String(decoding: try encoder.encode(base.name), as: UTF8.self)
    let rest = String(decoding: try encoder.encode(Row(base)), as: UTF8.self)
    return "{\"name\":\(name),\(rest.dropFirst())"
  }

  private struct Row: Encodable {
    var family: String
    var parameters, parametersWithoutTop, inputSize, minimumInputSize: Int
    var top1, top5: Double?
    var preprocessing: String
    /// Files in the model store.
    var converted: [String]

    init(_ base: Base) {
      family = base.family
      parameters = base.parameters
      parametersWithoutTop = base.parametersWithoutTop
      inputSize = base.inputSize
      minimumInputSize = base.minimumInputSize
      top1 = base.top1
      top5 = base.top5
      preprocessing = base.preprocessing.description
      converted = ModelStore().files(of: base.name)
    }
  }

  private static func atHand(_ base: Base, _ store: ModelStore) -> String {
    let files = store.files(of: base.name)
    if files.isEmpty { return "no" }
    return files.contains(store.path(of: base.name, includeTop: true)) ? "yes" : "without top"
  }

  private static func text(_ bases: [Base]) -> String {
    let store = ModelStore()
    let rows = bases.map { base in
      [
        base.name, base.family, base.parameters.grouped, "\(base.inputSize)",
        base.top1.map { "\($0)" } ?? "–", base.top5.map { "\($0)" } ?? "–", base.preprocessing.description,
        atHand(base, store),
      ]
    }
    return table(
      ["name", "family", "parameters", "input", "top-1 %", "top-5 %", "preprocessing", "at hand"], rows,
      right: [2, 3, 4, 5])
  }
}
