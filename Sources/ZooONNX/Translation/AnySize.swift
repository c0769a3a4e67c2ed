import ZooGraph

extension ONNXModel {
  /// The model of `outputs` for pictures of any height and width.
  ///
  /// It is made for several sizes. Whatever differs must be a margin that Keras' `same` explains, which ONNX has
  /// a word for.
  ///
  /// - Throws: `ONNXError` that names a layer which is another one for another size.
  init(
    anySizeOf graph: ResolvedGraph, outputs: [String], preprocessing: Preprocessing, _ options: ONNXOptions,
    weights: any WeightSource
  ) throws(ONNXError) {
    let graph = try graph.ending(in: outputs)
    let own = try Sized(graph, outputs, preprocessing, options)
    let picture = graph.inputShape
    guard picture.rank == 3 else { throw .dependsOnSize(layer: own.input) }
    // All remainders of the strides that networks have together, 32 and mostly less.
    let others = try (1...64).map { step throws(ONNXError) in
      let size = Size2D(picture.height + step, picture.width + (step.isMultiple(of: 3) ? 0 : step))
      return try Sized(try graph.with(size: size), outputs, preprocessing, options)
    }
    let windows = SizedWindows(
      samePadded: try own.samePadded(others), moving: own.movingPoolings(others))
    try self.init(own.graph, own.lowered, outputs: outputs, windows: windows, options, weights: weights)
    // Some small ones and the largest: they meet every kind of difference that windows do not show.
    for other in others.prefix(4) + others.suffix(2) {
      let model = try ONNXModel(
        other.graph, other.lowered, outputs: outputs, windows: windows, options, weights: weights)
      try checkIsSame(as: model)
    }
    try nameDimensions(graph, others, outputs, options)
  }

  private func checkIsSame(as other: ONNXModel) throws(ONNXError) {
    for (node, another) in zip(nodes, other.nodes) where node != another {
      throw .dependsOnSize(layer: node.name)
    }
    let known = Set(initializers.map(\.view))
    for initializer in other.initializers where !known.contains(initializer.view) {
      let user = nodes.first { $0.inputs.contains(initializer.name) }
      throw .dependsOnSize(layer: user?.name ?? initializer.name)
    }
    guard nodes.count == other.nodes.count, initializers.count == other.initializers.count else {
      throw .dependsOnSize(layer: nodes.last?.name ?? name)
    }
  }

  /// Heights and widths that differ with the pictures' get names.
  private mutating func nameDimensions(
    _ graph: ResolvedGraph, _ others: [Sized], _ outputs: [String], _ options: ONNXOptions
  ) throws(ONNXError) {
    let words = ["height", "width"]
    func named(_ shape: Shape, _ differing: (Int) -> Bool, prefix: String) -> [ONNXValue.Dimension] {
      options.layout.order(shape.rank).map { axis in
        guard differing(axis) else { return .count(shape.dimensions[axis]) }
        return .named(
          prefix + (words.indices.contains(axis) && shape.rank == 3 ? words[axis] : "axis\(axis)"))
      }
    }
    inputs[0].dimensions.replaceSubrange(1..., with: named(graph.inputShape, { $0 < 2 }, prefix: ""))
    for (number, output) in outputs.enumerated() {
      let shapes = try ([graph] + others.map(\.graph)).map { graph throws(ONNXError) in
        try graphErrors { () throws(GraphError) in try graph.entry(named: output).shape }
      }
      let isWhole =
        shapes[0].rank == 3
        && zip(shapes, [graph] + others.map(\.graph)).allSatisfy {
          $0.dimensions.prefix(2) == $1.inputShape.dimensions.prefix(2)
        }
      let dimensions = named(
        shapes[0], { axis in shapes.contains { $0.dimensions[axis] != shapes[0].dimensions[axis] } },
        prefix: isWhole ? "" : "\(output)_")
      self.outputs[number].dimensions.replaceSubrange(1..., with: dimensions)
    }
  }
}

/// What windows do where maps have any size.
struct SizedWindows {
  /// Those whose margins follow the size of the map, as `same` says.
  var samePadded: Set<ValueID> = []
  /// Poolings that cover their map only because it happens to be small.
  var moving: Set<ValueID> = []
}

/// A graph for pictures of one size.
private struct Sized {
  var graph: ResolvedGraph
  var lowered: LoweredGraph

  init(
    _ graph: ResolvedGraph, _ outputs: [String], _ preprocessing: Preprocessing, _ options: ONNXOptions
  ) throws(ONNXError) {
    self.graph = graph
    lowered = try graph.simplified(outputs: outputs, preprocessing: preprocessing, options)
  }

  var input: String { graph.entries[graph.inputIndex].node.name }

  /// The windows whose margins differ from size to size.
  func samePadded(_ others: [Sized]) throws(ONNXError) -> Set<ValueID> {
    var found: Set<ValueID> = []
    for (index, operation) in lowered.operations.enumerated() {
      guard let window = operation.kind.window else { continue }
      for other in others {
        guard other.lowered.operations.indices.contains(index),
          let another = other.lowered.operations[index].kind.window
        else { throw .dependsOnSize(layer: operation.layers.last ?? "") }
        if another.margins != window.margins { found.insert(operation.id) }
      }
      guard found.contains(operation.id) else { continue }
      for sized in [self] + others where !sized.isSame(index) {
        throw .dependsOnSize(layer: operation.layers.last ?? "")
      }
    }
    return found
  }

  /// The poolings whose windows do not grow with their maps.
  func movingPoolings(_ others: [Sized]) -> Set<ValueID> {
    let operations = lowered.operations.indices.filter { index in
      guard case .pool(let pooling) = lowered.operations[index].kind else { return false }
      return others.contains { other in
        guard other.lowered.operations.indices.contains(index),
          case .pool(let another) = other.lowered.operations[index].kind,
          let source = other.source(of: index)
        else { return false }
        return another.window == pooling.window && another.window != Size2D(source.height, source.width)
      }
    }
    return Set(operations.map { lowered.operations[$0].id })
  }

  /// The shape of what an operation takes.
  private func source(of index: Int) -> Shape? {
    let input = lowered.operations[index].inputs[0]
    return lowered.operations.first { $0.id == input }?.shape
  }

  /// Whether the margins of a window are what `same` says.
  private func isSame(_ index: Int) -> Bool {
    let operation = lowered.operations[index]
    guard let window = operation.kind.window, operation.kind.ignoresMargins,
      let source = source(of: index)
    else { return false }
    let same = try? Padding.same.resolve(
      input: Size2D(source.height, source.width), window: window.window, strides: window.strides,
      dilation: window.dilation)
    return same?.margins == window.margins
  }
}

extension LoweredOperation.Kind {
  /// What moves over a map with margins of its own.
  fileprivate var window: WindowAttributes? {
    switch self {
    case .convolution(let convolution): convolution.window(isSame: false)
    case .pool(let pooling):
      WindowAttributes(window: pooling.window, strides: pooling.strides, margins: pooling.margins)
    case .input, .transposedConvolution, .dense, .affine, .activation, .elementwise, .softmax, .pad, .add,
      .multiply,
      .binary, .concatenate, .join, .reshape, .rearrange, .reduce, .normalize, .matrixProduct, .resize,
      .lookUp,
      .weight, .constant, .dropout, .identity:
      nil
    }
  }

  /// Whether margins are not taken for pixels, as `same` has it.
  fileprivate var ignoresMargins: Bool {
    if case .pool(let pooling) = self {
      return pooling.mode == .maximum || pooling.mode == .averageOfPixels
    }
    return true
  }
}

extension ResolvedGraph {
  /// Without the layers behind its outputs, which may be for pictures of one size.
  fileprivate func ending(in outputs: [String]) throws(ONNXError) -> ResolvedGraph {
    var changed = graph
    changed.outputs = outputs
    let needed = changed.withoutUnused()
    return try graphErrors { () throws(GraphError) in try needed.resolved() }
  }

  /// The same layers for pictures of another size.
  ///
  /// - Throws: `ONNXError` for a layer whose weights are for one size.
  fileprivate func with(size: Size2D) throws(ONNXError) -> ResolvedGraph {
    var changed = graph
    for index in changed.nodes.indices where changed.nodes[index].layer.kind is InputLayer {
      changed.nodes[index].layer = Layer(
        InputLayer(shape: .map(size.height, size.width, inputShape.channels)))
    }
    let resolved: ResolvedGraph
    do throws(GraphError) { resolved = try changed.resolved() } catch {
      throw .dependsOnSize(layer: error.node ?? changed.output)
    }
    for (entry, other) in zip(entries, resolved.entries) where entry.weights != other.weights {
      throw .dependsOnSize(layer: entry.node.name)
    }
    return resolved
  }
}
