import ZooGraph

extension ONNXModel {
  /// The model of `outputs`, which are layers of `graph`. Its weights are named; only the small ones are read.
  ///
  /// - Parameter windows: what is known of windows where maps have any size.
  /// - Throws: `ONNXError` for what ONNX, or the opset, does not have.
  init(
    _ graph: ResolvedGraph, _ lowered: LoweredGraph, outputs: [String],
    windows: SizedWindows = SizedWindows(),
    _ options: ONNXOptions, weights: any WeightSource
  ) throws(ONNXError) {
    let input = graph.entries[graph.inputIndex].node.name
    var translation = Translation(lowered, input: input, windows: windows, options, weights: weights)
    try translation.translate()
    let results = try translation.outputs()
    let names = Self.names(translation, input: input, outputs: zip(outputs, results))

    // A graph must have a name.
    name = graph.graph.name.isEmpty ? "model" : graph.graph.name
    opset = options.opset
    metadata = []
    nodes = Self.nodes(translation, names)
    initializers = translation.initializers.map { ONNXInitializer(name: names[$0.tensor], view: $0.view) }
    func value(_ name: String, _ shape: Shape) -> ONNXValue {
      let dimensions = options.layout.order(shape.rank).map {
        ONNXValue.Dimension.count(shape.dimensions[$0])
      }
      let batch = options.batch.map { ONNXValue.Dimension.count($0) } ?? .named("batch")
      return ONNXValue(name: name, type: translation.type, dimensions: [batch] + dimensions)
    }
    inputs = [value(input, graph.inputShape)]
    self.outputs = []
    for (output, tensor) in zip(outputs, results) {
      let shape = try graphErrors { () throws(GraphError) in try graph.entry(named: output).shape }
      self.outputs.append(value(names[tensor], shape))
    }
  }

  /// A name for each tensor: inputs and outputs are called as their layers, nothing has the name of another.
  private static func names(
    _ translation: Translation, input: String, outputs: Zip2Sequence<[String], [TensorID]>
  ) -> [String] {
    var fixed: [TensorID: String] = [translation.input: input]
    for (name, tensor) in outputs where name != input { fixed[tensor] = name }
    var names = LayerNames(taken: Array(fixed.values))
    return translation.proposedNames.enumerated().map { fixed[$0] ?? names.next($1) }
  }

  /// Each is called as the layers whose work it does.
  private static func nodes(_ translation: Translation, _ tensors: [String]) -> [ONNXNode] {
    var names = LayerNames(taken: [])
    return translation.nodes.map { node in
      let layers = node.layers.enumerated().filter { $0 == 0 || node.layers[$0 - 1] != $1 }.map(\.element)
      return ONNXNode(
        name: names.next(layers.joined(separator: "+")), operation: node.operation,
        inputs: node.inputs.map { $0.map { tensors[$0] } ?? "" }, outputs: [tensors[node.output]],
        attributes: node.attributes)
    }
  }
}

/// What `body` gives; its error as one of ours.
func graphErrors<Result>(_ body: () throws(GraphError) -> Result) throws(ONNXError) -> Result {
  do throws(GraphError) { return try body() } catch { throw .graph(error) }
}
