import ZooGraph

/// A whole model as its configuration says it is, layer by layer.
struct ConfiguredModel {
  /// Under the configuration's names. Leads to the outputs only where nothing was left out.
  private(set) var graph: ModelGraph
  /// What the configuration says of each layer.
  private(set) var nodes: [String: ConfigNode] = [:]
  /// Why the first layer that was left out was.
  private(set) var leftOut: UnknownLayer?
  /// The nodes that give the outputs of each node of the configuration.
  private var results: [String: [String]] = [:]
  private var shapes: [String: Shape] = [:]
  /// What layers give that is no tensor here.
  private var known: [String: Argument] = [:]
  private var names: LayerNames

  /// - Parameters:
  ///   - inputSize: of the pictures, instead of the configuration's.
  ///   - leavesOutUnknown: whether layers that are not known here are left out, with all behind them.
  /// - Throws: `UnknownLayer` for a layer that is not known here, has a parameter that is not, or does not fit the
  ///   ones before it.
  init(
    _ config: ConfigGraph, inputSize: Size2D?, leavesOutUnknown: Bool = false
  ) throws(UnknownLayer) {
    graph = ModelGraph(name: config.name, nodes: [], output: "")
    names = LayerNames(taken: config.nodes.map(\.name))
    let inputs = config.nodes.filter { $0.className == "InputLayer" }
    guard inputs.count <= 1 else {
      let listed = inputs.map { "'\($0.name)'" }.joined(separator: ", ")
      throw UnknownLayer(
        reason: "it has \(inputs.count) inputs, \(listed), of which only one can be a picture")
    }
    for node in config.nodes {
      do throws(UnknownLayer) {
        try add(node, inputSize: inputSize)
      } catch {
        guard leavesOutUnknown else { throw error }
        leftOut = leftOut ?? error
      }
    }
    var outputs: [String] = []
    for output in config.outputs {
      guard let name = node(of: output) else {
        if leftOut == nil {
          throw UnknownLayer(reason: "an output of it is \(output.described), which is not there")
        }
        continue
      }
      if !outputs.contains(name) { outputs.append(name) }
    }
    guard leavesOutUnknown || !outputs.isEmpty else { throw UnknownLayer(reason: "it has no output") }
    if !outputs.isEmpty { graph.outputs = outputs }
    graph.foldHardActivations()
    if !outputs.isEmpty { graph = graph.withoutUnused() }
  }

  /// The node that gives a tensor; `nil` behind one that was left out.
  private func node(of tensor: Argument) -> String? {
    guard case .tensor(let layer, _, let output) = tensor, let found = results[layer] else { return nil }
    return found.indices.contains(output) ? found[output] : nil
  }

  private mutating func add(_ node: ConfigNode, inputSize: Size2D?) throws(UnknownLayer) {
    var node = node
    node.call = node.call.replacing(known)
    let tensors = node.call.tensors
    let inputs = tensors.compactMap(self.node)
    guard inputs.count == tensors.count else {
      // Behind one that was left out.
      if leftOut != nil { return }
      let missing = tensors.first { self.node(of: $0) == nil }
      throw node.unknown("it takes \(missing?.described ?? "an output"), which is not there")
    }
    let shapes = inputs.compactMap { self.shapes[$0] }
    let context = ConfigContext(
      node: node, inputs: shapes,
      shapes: Dictionary(
        zip(tensors, shapes).map { (TensorKey($0), $1) }, uniquingKeysWith: { first, _ in first }),
      inputSize: inputSize)
    switch try node.layer(in: context) {
    case .identity: results[node.name] = Array(inputs.prefix(1))
    case .layer(let kind): results[node.name] = [try append([kind], node, to: inputs)]
    case .chain(let kinds): results[node.name] = [try append(kinds, node, to: inputs)]
    case .call(let kind, let operands, let others):
      var taken: [String] = []
      for operand in operands { taken.append(try name(of: operand, for: node)) }
      results[node.name] = [try append([kind] + others, node, to: taken)]
    case .parts(let parts):
      var made: [String] = []
      for kinds in parts { made.append(try append(kinds, node, to: inputs)) }
      results[node.name] = made
    case .merge(let branches, let kind):
      var taken: [String] = []
      for (kinds, input) in zip(branches, inputs) {
        taken.append(
          try kinds.isEmpty ? input : append(kinds, node, to: [input], named: names.next(node.name)))
      }
      results[node.name] = [try append([kind], node, to: taken)]
    case .known(let argument): known[node.name] = argument
    }
  }

  /// A tensor's node, or a new one of constants.
  private mutating func name(of operand: Argument, for node: ConfigNode) throws(UnknownLayer) -> String {
    if let name = self.node(of: operand) { return name }
    guard let array = operand.numbers else { throw node.unknown("is called with what is no tensor") }
    // A constant's first axis is the batch's where it has as many axes as the other operand.
    let rank = node.call.tensors.compactMap { self.node(of: $0) }.compactMap { shapes[$0]?.rank }.max() ?? 0
    var shape = array.shape
    if shape.count > rank {
      guard shape.count == rank + 1, shape[0] == 1 else {
        throw node.unknown("a constant of shape \(array.shape) does not go with every picture")
      }
      shape.removeFirst()
    }
    return try append(
      [Constant(shape: Shape(shape.isEmpty ? [1] : shape), values: array.values)], node, to: [],
      named: names.next("\(node.name)_constant"))
  }

  /// Adds layers one behind the other; the last one has the node's name, where it is still free.
  private mutating func append(
    _ kinds: [any LayerKind], _ node: ConfigNode, to inputs: [String], named fixed: String? = nil
  ) throws(UnknownLayer) -> String {
    var inputs = inputs
    for (number, kind) in kinds.enumerated() {
      let isLast = number == kinds.count - 1
      let isFree = self.shapes[node.name] == nil
      let name = fixed ?? (isLast && isFree ? node.name : names.next(node.name))
      let shapes = inputs.compactMap { self.shapes[$0] }
      do throws(GraphError) {
        self.shapes[name] = try kind.outputShape(of: shapes)
      } catch {
        throw node.unknown(error.reason)
      }
      let owner = kind.weights(for: shapes).isEmpty ? nil : node.first
      if name == node.name { nodes[name] = node }
      graph.nodes.append(
        Node(name, Layer(kind), inputs: inputs, trainable: node.isTrainable, sharing: owner))
      inputs = [name]
    }
    return inputs[0]
  }
}

/// A tensor's layer and number, whichever call it is written in.
struct TensorKey: Hashable {
  private let layer: String
  private let output: Int

  init(_ argument: Argument) {
    if case .tensor(let layer, _, let output) = argument {
      (self.layer, self.output) = (layer, output)
    } else {
      (layer, output) = ("", 0)
    }
  }
}

extension ConfigGraph {
  /// What the model is, in a few words: `a whole model of 12 layers for 28×28×1: Conv2D ×2, Dense, LSTM`.
  var summary: String {
    var counts: [String: Int] = [:]
    let layers = nodes.filter { $0.className != "InputLayer" }
    for node in layers { counts[node.className, default: 0] += 1 }
    let kinds = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    let listed = kinds.prefix(8).map { $1 == 1 ? $0 : "\($0) ×\($1)" }.joined(separator: ", ")
    let shapes = nodes.filter { $0.className == "InputLayer" }.map(\.declaredShape).joined(separator: " and ")
    return
      "a whole model of \(layers.count) layer\(layers.count == 1 ? "" : "s")\(shapes.isEmpty ? "" : " for \(shapes)"): \(listed)"
      + (kinds.count > 8 ? ", …" : "")
  }
}

extension ConfigNode {
  /// Of an input layer, with `?` for what is open: `28×28×1`.
  fileprivate var declaredShape: String {
    let listed = (config["batch_shape"] ?? config["batch_input_shape"] ?? config["shape"])?.array ?? []
    let own = config["shape"] == nil ? Array(listed.dropFirst()) : listed
    return own.map { $0.number.flatMap { Int(exactly: $0) }.map(String.init) ?? "?" }.joined(separator: "×")
  }
}
