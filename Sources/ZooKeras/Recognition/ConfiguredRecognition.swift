import ZooGraph
import ZooPlugin
import ZooSystem

/// Recognises a file by its configuration, which decides on layers, sizes, activations and names. A base in it adds what
/// the configuration does not tell: its label, how its authors prepared pixels, stable names of its layers.
struct ConfiguredRecognition {
  let registry: Registry
  let source: KerasSource
  let path: String
  let request: ImportRequest
  /// The configuration.
  let text: String

  func recognize() throws(FileError) -> Recognition {
    if let size = request.inputSize, let resized = knownBase(at: size) { return resized }
    let config = try configuration()
    // Without top, what cannot be read may be a part of it.
    let model = try reading(config) { () throws(UnknownLayer) in
      try ConfiguredModel(config, inputSize: request.inputSize, leavesOutUnknown: request.includeTop == false)
    }
    let finder = BaseFinder(model.graph, in: registry)
    let found = finder.find(preferred: request.base)
    try check(found, model)
    try checkLambdas(config, model, found)
    let graph = try resolved(model, found)
    var match = ConfiguredWeights(source: source, nodes: model.nodes).match(graph)
    try check(match, config)
    let names = Self.names(of: graph, found)
    for index in match.applied.indices {
      match.applied[index].layer = names[match.applied[index].layer] ?? ""
    }
    var recognition = try recognition(of: graph, match, found, names)
    recognition.notes += config.notes
    return recognition
  }

  /// What Python code in the file does is known only where it is in a known base.
  private func checkLambdas(
    _ config: ConfigGraph, _ model: ConfiguredModel, _ found: FoundBase?
  ) throws(FileError) {
    try reading(config) { () throws(UnknownLayer) in
      for node in config.nodes where node.className == "Lambda" && model.nodes[node.name] != nil {
        guard found?.names[node.name] != nil else { throw node.lambdaRefusal }
      }
    }
  }

  /// Of a file that is a known base and nothing else, for pictures of another size: what the base's constructor makes
  /// of that. Some bases pad by the size's parity, which a configuration tells for its own size only.
  private func knownBase(at size: Size2D) -> Recognition? {
    var request = request
    request.inputSize = nil
    let asItIs = ConfiguredRecognition(
      registry: registry, source: source, path: path, request: request, text: text)
    // Whatever is wrong with the file is told when it is looked at as asked for.
    guard var found = try? asItIs.recognize(), found.inputSize != size,
      var resized = variants(of: found).first(where: { variant in
        (try? registry.architecture(of: variant))?.graph.isSame(as: found.graph.graph) == true
      })
    else { return nil }
    resized.inputSize = size
    guard let graph = try? registry.architecture(of: resized).graph.resolved() else { return nil }
    let specs = Set(graph.entries.flatMap { entry in entry.weights.map { Weight(entry.owner, $0) } })
    guard specs == Set(found.match.applied.map { Weight($0.layer, $0.spec) }) else { return nil }
    (found.graph, found.resolution) = (graph, .asked)
    return found
  }

  private struct Weight: Hashable {
    var layer: String
    var spec: WeightSpec

    init(_ layer: String, _ spec: WeightSpec) { (self.layer, self.spec) = (layer, spec) }
  }

  /// The constructor's arguments, where the network is a base: those that it may have been made with.
  private func variants(of found: Recognition) -> [Variant] {
    guard let base = found.base,
      let last = found.graph.graph.nodes.last(where: { $0.name == found.graph.graph.output })
    else { return [] }
    let kind = last.layer.kind
    let pooling: Pooling = kind is GlobalAveragePooling2D ? .avg : kind is GlobalMaxPooling2D ? .max : .none
    let pretrained =
      found.classifier == .base
      ? Variant(
        of: base, includeTop: true, inputSize: found.inputSize, classes: found.graph.outputShape.channels,
        classifierActivation: found.graph.outputActivation)
      : Variant(of: base, includeTop: false, pooling: pooling, inputSize: found.inputSize)
    guard base.differsUntrained == true else { return [pretrained] }
    var untrained = pretrained
    untrained.isPretrained = false
    return [pretrained, untrained]
  }

  private func configuration() throws(FileError) -> ConfigGraph {
    guard let value = JSONValue(text) else {
      throw FileError(path, "its configuration is not JSON, or nested more than 512 deep", advice: saveAgain)
    }
    do throws(UnknownLayer) {
      return try ConfigGraph(value, isKeras2: source.isKeras2)
    } catch {
      throw FileError(path, "is a whole model that is not supported: \(error.reason)")
    }
  }

  private func reading<Result>(
    _ config: ConfigGraph, _ body: () throws(UnknownLayer) -> Result
  ) throws(FileError) -> Result {
    do throws(UnknownLayer) {
      return try body()
    } catch {
      throw FileError(
        path, "is \(config.summary); not supported: \(error.reason)",
        advice: holdsBase(config) ? "--no-top takes the known base in it without the rest" : nil)
    }
  }

  /// Whether a known base is in what can be read of it.
  private func holdsBase(_ config: ConfigGraph) -> Bool {
    guard request.includeTop != false,
      let model = try? ConfiguredModel(config, inputSize: request.inputSize, leavesOutUnknown: true)
    else { return false }
    return BaseFinder(model.graph, in: registry).find(preferred: request.base) != nil
  }

  /// Whether what is asked for is there.
  private func check(_ found: FoundBase?, _ model: ConfiguredModel) throws(FileError) {
    if let name = request.base {
      do throws(RegistryError) { _ = try registry.base(named: name) } catch {
        throw FileError(path, error.description)
      }
      guard let found, found.base.name == name else {
        let what = found.map { "holds \($0.base.name)" } ?? "holds no base that is known here"
        throw FileError(
          path, "\(what), not \(name)", advice: "name no base to have the file taken as it is")
      }
    }
    if request.includeTop == false, found == nil {
      throw FileError(
        path, "holds no base that is known here, so what its top is cannot be told",
        advice: "leave --no-top out; 'zoo extract --layer' gives what a layer of it gives")
    }
  }

  /// The whole graph, or the base without its top.
  private func resolved(_ model: ConfiguredModel, _ found: FoundBase?) throws(FileError) -> ResolvedGraph {
    do throws(GraphError) {
      guard request.includeTop == false, let output = found?.output else { return try model.graph.resolved() }
      return try model.graph.cut(at: output).resolved()
    } catch {
      throw FileError(path, error.description)
    }
  }

  private func check(_ match: WeightMatch, _ config: ConfigGraph) throws(FileError) {
    if let difference = match.firstDifference {
      throw FileError(
        path, "is \(config.summary), but its tensors do not fit it: \(difference)", advice: saveAgain)
    }
    guard request.includeTop != false, let unused = match.unused.first else { return }
    throw FileError(
      path, "is \(config.summary), but the tensor '\(unused.tensor.name)' belongs to no layer of it",
      advice: saveAgain)
  }

  /// The layers' names here: the base's, which files of other times do not have, else the configuration's.
  private static func names(of graph: ResolvedGraph, _ found: FoundBase?) -> [String: String] {
    var names = found?.names ?? [:]
    var others = LayerNames(taken: Array(names.values))
    for entry in graph.entries where names[entry.node.name] == nil {
      names[entry.node.name] = others.next(entry.node.name.replacing("/", with: "_"))
    }
    return names
  }

  private func recognition(
    of graph: ResolvedGraph, _ match: WeightMatch, _ found: FoundBase?, _ names: [String: String]
  ) throws(FileError) -> Recognition {
    let renamed: ResolvedGraph
    do throws(GraphError) {
      var own = graph.graph.renamed(names)
      own.stages = (found?.stages ?? []).filter { stage in own.nodes.contains { $0.name == stage } }
      renamed = try own.resolved()
    } catch {
      throw FileError(path, error.description)
    }
    let isVector = graph.outputShape.rank == 1
    let endsWithBase = graph.graph.output == found?.output || request.includeTop == false
    let classifier: Recognition.Classifier =
      found?.isWhole == true && !endsWithBase
      ? .base : isVector && endsInOwnLayers(graph, found) ? .own : .none
    guard classifier != .none || request.includeTop != true else {
      throw FileError(
        path, "has no top: it ends in \(graph.outputShape), as '\(graph.graph.output)' gives it",
        advice: "leave --include-top out, or give the file with the classifier")
    }
    let (preprocessing, reason) = preprocessing(of: graph, found)
    return Recognition(
      graph: renamed, match: match, base: found?.base, classifier: classifier, preprocessing: preprocessing,
      preprocessingReason: reason, resolution: request.inputSize == nil ? .config : .asked)
  }

  /// Whether layers with weights are behind the base, or there is no base.
  private func endsInOwnLayers(_ graph: ResolvedGraph, _ found: FoundBase?) -> Bool {
    guard let found else { return true }
    return graph.entries.contains { !$0.weights.isEmpty && found.names[$0.node.name] == nil }
  }

  /// What the base's authors did to pixels holds for the model's only where nothing else comes before the base.
  private func preprocessing(
    of graph: ResolvedGraph, _ found: FoundBase?
  ) -> (Preprocessing, PreprocessingReason) {
    let input = graph.entries[graph.inputIndex].node.name
    if let found, found.input == input || Self.isGeometry(between: input, and: found.input, in: graph) {
      let whole = found.leftOutside.compactMap(\.affine).reduce(found.base.preprocessing) {
        $0.followed(byScale: $1.scale, shift: $1.shift)
      }
      return (whole, .base)
    }
    return (.none, Self.scales(graph, before: found?.input) ? .insideModel : .assumed)
  }

  /// Whether something between the pictures and a layer changes values; without a base, whether the first layer does.
  private static func scales(_ graph: ResolvedGraph, before end: String?) -> Bool {
    let first = graph.entries.filter { $0.inputs.contains(graph.inputIndex) }.map(\.node.name)
    var open = end.map { [$0] } ?? first
    while let name = open.popLast() {
      guard let index = graph.index(of: name), index != graph.inputIndex else { continue }
      if graph.entries[index].node.layer.scalesPixels { return true }
      if end != nil { open += graph.entries[index].inputs.map { graph.entries[$0].node.name } }
    }
    return false
  }

  /// Whether the layers between two do nothing to the values of pixels.
  private static func isGeometry(between input: String, and end: String, in graph: ResolvedGraph) -> Bool {
    var next = graph.index(of: end)
    while let index = next, index != graph.inputIndex {
      guard graph.entries[index].node.layer.kind is ZeroPadding2D else { return false }
      next = graph.entries[index].inputs.first
    }
    return next != nil
  }
}

extension ModelGraph {
  /// Whether the same layers are connected in the same way, whatever training may change in them.
  fileprivate func isSame(as other: ModelGraph) -> Bool {
    func comparable(_ graph: ModelGraph) -> [Node] {
      graph.nodes.map { node in
        var layer = node.layer
        if var normalization = layer.kind as? BatchNormalization {
          normalization.momentum = 0.5
          layer = Layer(normalization)
        }
        return Node(node.name, layer, inputs: node.inputs)
      }.sorted { $0.name < $1.name }
    }
    return output == other.output && comparable(self) == comparable(other)
  }

  fileprivate func renamed(_ names: [String: String]) -> ModelGraph {
    let nodes = nodes.map { node in
      Node(
        names[node.name] ?? node.name, node.layer, inputs: node.inputs.map { names[$0] ?? $0 },
        trainable: node.trainable, sharing: node.sharing.map { names[$0] ?? $0 })
    }
    return ModelGraph(name: name, nodes: nodes, outputs: outputs.map { names[$0] ?? $0 })
  }
}

extension Layer {
  /// Whether it brings pixels to other values, as a first layer.
  fileprivate var scalesPixels: Bool {
    kind is Rescaling || kind is BatchNormalization || kind is Normalization || kind is Arithmetic
  }
}
