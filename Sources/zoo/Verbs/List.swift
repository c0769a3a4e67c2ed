import FoundationEssentials
import ZooGraph
import ZooPlugin
import ZooSystem

/// `zoo list`: the available bases.
enum List: Verb {
  static let synopsis = Synopsis(
    name: "list", arguments: "[PATTERN]",
    summary: "List the bases: family, parameters, input size, accuracy, preprocessing.",
    details: "PATTERN is a name in which * and ? stand for anything: 'mobilenetv2_*_224'.",
    options: [.flag("--json", "An array of objects, for programs.")])

  static func run(_ context: Context) throws {
    let arguments = context.arguments
    guard arguments.positionals.count <= 1 else {
      throw UsageError("takes one PATTERN, found \(arguments.positionals.count)")
    }
    var bases = try context.registry().bases
    if let pattern = arguments.positionals.first {
      bases = bases.filter { matches($0.name, glob: pattern) }
      if bases.isEmpty {
        throw Failure(
          "no base matches '\(pattern)'; 'zoo list' shows all, '*\(pattern)*' matches a part of a name")
      }
    }
    if arguments.has("--json") {
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

  private static func text(_ bases: [Base]) -> String {
    let store = ModelStore()
    let rows = bases.map { base in
      [
        base.name, base.family, base.parameters.grouped, "\(base.inputSize)",
        base.top1.map { "\($0)" } ?? "–", base.top5.map { "\($0)" } ?? "–", base.preprocessing.description,
        store.files(of: base.name).isEmpty ? "no" : "yes",
      ]
    }
    return table(
      ["name", "family", "parameters", "input", "top-1 %", "top-5 %", "preprocessing", "at hand"], rows,
      right: [2, 3, 4, 5])
  }
}
