import ZooFile
import ZooGraph
import ZooKeras
import ZooPlugin
import ZooStore
import ZooSystem

/// `zoo info`: the card of a base or of a file.
enum Info: Verb {
  static let synopsis = Synopsis(
    name: "info", arguments: "BASE|FILE",
    summary: "Show the card of a base, a .zoo file or a Keras file.",
    options: [
      .flag(.layers, "The table of layers, as Keras' summary()."),
      .flag(.noTop, "For a base: without its classifier."),
      .flag(.json, "As an object, for programs."),
    ])

  /// Where something enters or leaves a network.
  private struct End: Encodable {
    var layer: String
    /// Without the batch.
    var shape: [Int]

    init(_ entry: ResolvedGraph.Entry) {
      layer = entry.node.name
      shape = entry.shape.dimensions
    }
  }

  /// What a model trained here has learnt from.
  private struct Trained: Encodable {
    var pictures, heldOut: Int
    var validationShare: Double?
    var seed: UInt64

    init(_ trained: TrainedPictures) {
      (pictures, heldOut) = (trained.count, trained.heldOut)
      (validationShare, seed) = (trained.validationShare, trained.seed)
    }

    var text: String {
      guard heldOut > 0 else { return "\(pictures.grouped) pictures, none held out" }
      let how = validationShare.map { "at random: share \($0), seed \(seed)" } ?? "by the data set"
      return "\(pictures.grouped) pictures, \(heldOut.grouped) held out \(how)"
    }
  }

  private struct Card: Encodable {
    var name: String
    var family: String?
    var includeTop: Bool
    var inputs: [End]
    var outputs: [End]
    /// What `--layer stage1` and so on give.
    var stages: [End]
    var layers: Int
    var parameters: Int
    var preprocessing: String
    /// Why it is that one.
    var preprocessingReason: String?
    var resize: String?
    /// Whether it wants pictures turned by their EXIF orientation.
    var exif: Bool?
    var labels: Int?
    var top1: Double?
    var top5: Double?
    var license: String?
    var published: [String]
    /// Of a base: files with its weights that were fetched.
    var converted: [String]?
    var provenance: Provenance?
    var trained: Trained?
    var thresholds: DecisionThresholds?
    var summary: [SummaryRow]?
  }

  static func run(_ context: Context) throws {
    let subject = try context.arguments.single("BASE or FILE")
    let registry = try context.registry()
    let (model, base) = try find(subject, context, registry)
    let graph = try model.graph.resolved()
    let isFile = ModelStore.exists(subject)
    let published = !isFile || base.map { model.holdsPublishedWeights(of: $0) } == true ? base : nil
    let card = Card(
      name: model.base ?? model.graph.name, family: base?.family, includeTop: model.includeTop,
      inputs: [End(graph.entries[graph.inputIndex])], outputs: graph.outputs.map(End.init),
      stages: try graph.graph.stages.map { End(try graph.entry(named: $0)) }, layers: graph.entries.count,
      parameters: graph.parameterCount,
      preprocessing: model.preprocessing.description, preprocessingReason: model.preprocessingReason,
      resize: model.provenance.sourceName == nil ? nil : model.resize.rawValue, exif: model.exif,
      labels: model.labels?.count,
      top1: published?.top1, top5: published?.top5, license: published?.license,
      published: published?.published.filter { $0.includeTop == model.includeTop }.map(\.url) ?? [],
      converted: isFile ? nil : ModelStore().files(of: subject),
      provenance: model.provenance.sourceName == nil ? nil : model.provenance,
      trained: model.trained.map(Trained.init), thresholds: model.thresholds,
      summary: context.arguments.has(.layers) ? graph.summary : nil)
    if context.arguments.has(.json) { return try context.printJSON(card) }
    context.console.print(text(card))
    if let rows = card.summary { context.console.print("\n" + layers(rows)) }
  }

  /// A file of that name, else a base.
  private static func find(
    _ subject: String, _ context: Context, _ registry: Registry
  ) throws -> (ModelDescription, Base?) {
    if !ModelStore.exists(subject), let base = registry.bases.first(where: { $0.name == subject }) {
      let variant = Variant(of: base, includeTop: !context.arguments.has(.noTop))
      let model = ModelDescription(
        base: base.name, includeTop: variant.includeTop, graph: try registry.architecture(of: variant).graph,
        preprocessing: base.preprocessing, provenance: Provenance(createdBy: ""))
      return (model, base)
    }
    guard ModelStore.exists(subject) else {
      throw Failure(
        "no file and no base: " + unknown(subject, amongst: registry.bases.map(\.name), what: "base"))
    }
    guard !context.arguments.has(.noTop) else {
      throw UsageError("--no-top is for a base; what a file has is shown as it is")
    }
    if try ZooFile.isMeant(by: subject) {
      let model = try ZooFile(subject).model
      return (model, registry.bases.first { $0.name == model.base })
    }
    let found = try KerasImport(subject, registry: registry).recognition
    let model = ModelDescription(
      base: found.base?.name, includeTop: found.includeTop, graph: found.graph.graph,
      preprocessing: found.preprocessing, preprocessingReason: found.preprocessingReason.rawValue,
      provenance: Provenance(createdBy: ""))
    return (model, found.base)
  }

  private static func text(_ card: Card) -> String {
    var rows: [(String, String?)] = [
      ("family", card.family), ("top", card.includeTop ? "included" : "not included"),
      ("input", card.inputs.map { Shape($0.shape).description }.joined(separator: ", ")),
      ("output", text(card.outputs)),
      ("layers", "\(card.layers)"), ("parameters", card.parameters.grouped),
      ("stages", card.stages.isEmpty ? nil : stages(card.stages)),
      ("preprocessing", card.preprocessing + (card.preprocessingReason.map { ", \($0)" } ?? "")),
      ("resize", card.resize), ("orientation", card.exif == true ? "by EXIF" : nil),
      ("labels", card.labels.map { "\($0)" }),
      ("accuracy", card.top1.map { "top-1 \($0) %" + (card.top5.map { ", top-5 \($0) %" } ?? "") }),
      ("license", card.license), ("published", card.published.first),
      (
        "weights",
        card.converted.map { $0.isEmpty ? "none at hand: 'zoo fetch'" : $0.joined(separator: ", ") }
      ),
    ]
    if let source = card.provenance {
      rows += [
        ("made by", source.createdBy),
        ("source", source.sourceName.map { $0 + (source.sourceSize.map { ", \($0.grouped) bytes" } ?? "") }),
        ("", source.sourceSHA256.map { "SHA-256 \($0)" }),
        ("", origin(source)),
      ]
    }
    rows.append(("trained on", card.trained?.text))
    rows.append(("thresholds", card.thresholds.map(text)))
    let lines = rows.compactMap { name, value in value.map { "  \(name.padded(to: 15))\($0)" } }
    return ([card.name] + lines).joined(separator: "\n")
  }

  private static func text(_ thresholds: DecisionThresholds) -> String {
    let (low, high) = (thresholds.values.min() ?? 0, thresholds.values.max() ?? 0)
    let range = low == high ? fixed(low) : "\(fixed(low)) to \(fixed(high))"
    return "\(range), \(thresholds.origin)"
  }

  private static func origin(_ source: Provenance) -> String? {
    let parts = [source.layout, source.kerasVersion.map { "Keras \($0)" }].compactMap { $0 }
    return parts.isEmpty ? nil : parts.joined(separator: ", ")
  }

  /// Of several outputs with their layers' names.
  private static func text(_ ends: [End]) -> String {
    guard ends.count > 1 else { return ends.map { Shape($0.shape).description }.joined() }
    return ends.map { "\($0.layer) \(Shape($0.shape))" }.joined(separator: ", ")
  }

  private static func stages(_ ends: [End]) -> String {
    ends.enumerated().map { "stage\($0 + 1) \(Shape($1.shape))" }.joined(separator: ", ")
  }

  private static func layers(_ rows: [SummaryRow]) -> String {
    let total = rows.reduce(0) { $0 + $1.parameters }
    return table(
      ["layer", "kind", "output shape", "parameters", "connected to"],
      rows.map {
        [
          $0.name, $0.kind, $0.shape.description, $0.parameters.grouped,
          $0.connectedTo.joined(separator: ", "),
        ]
      }, right: [3]) + "\ntotal parameters: \(total.grouped)"
  }
}

extension ModelDescription {
  /// Whether it was converted from the file that is published for the base: by its hash, or where none is published by
  /// its name. What those weights reach, and may be used for, says nothing of anybody else's.
  fileprivate func holdsPublishedWeights(of base: Base) -> Bool {
    base.published.contains { published in
      if let hash = published.sha256, let own = provenance.sourceSHA256 { return hash == own }
      return published.url.split(separator: "/").last.map(String.init) == provenance.sourceName
        && provenance.sourceSHA256 != nil
    }
  }
}
