import ZooGraph
import ZooSystem

/// A value of an ONNX graph: the layer that gives it, and how the axes lie in the file.
struct ReadValue {
  var node: String
  /// As Keras has it, without the batch.
  var shape: Shape
  /// The axes behind the batch, as the file has them: numbers of the shape's.
  var order: [Int]
  /// Whether the file takes a map for a vector, in the order in which it lies there.
  var isFlattened = false

  /// The dimensions behind the batch, as the file has them.
  var dimensions: [Int] {
    isFlattened ? [shape.elementCount ?? 0] : order.map { shape.dimensions[$0] }
  }
}

/// Where the numbers of a layer's weight are, and how they lie there.
struct ReadWeight {
  var tensor: ReadTensor
  /// As they lie in the file.
  var dimensions: [Int]
  /// The dimensions in Keras' order.
  var permutation: [Int]
}

/// Makes a graph of Keras' layers of an ONNX graph, node by node. Maps get their channels last.
struct GraphReader {
  let onnx: ONNXFile
  private(set) var nodes: [Node] = []
  var weights: [WeightName: ReadWeight] = [:]
  private var values: [String: ReadValue] = [:]
  private(set) var constants: [String: ReadTensor]
  private var names = LayerNames(taken: [])
  /// Values that hold nothing below zero.
  private var nonNegative: Set<String> = []
  /// What inputs, tensors and results are called.
  private var given: Set<String>
  /// How often each value is taken.
  private var uses: [String: Int] = [:]
  /// What the file calls each layer's own result.
  private var results: [String: String] = [:]
  /// Pictures at a time, where the file says how many.
  private var batch: Int?
  /// Numbers that are computed of shapes and depend on how many pictures there are; all others are constants.
  private(set) var counts: [String: [Count]] = [:]
  /// Values that are others times a number.
  private(set) var scaled: [String: (input: String, factor: Double)] = [:]
  /// Results that are nothing yet but a part of a Gelu.
  private(set) var geluParts: [String: GeluPart] = [:]

  init(_ onnx: ONNXFile) {
    self.onnx = onnx
    constants = onnx.tensors
    given = Set(onnx.tensors.keys).union(onnx.inputs.map(\.name))
    for name in onnx.nodes.flatMap(\.inputs) + onnx.outputs { uses[name, default: 0] += 1 }
  }

  /// - Parameter size: height and width, where the file leaves them open.
  /// - Throws: `FileError` for what has no counterpart in Keras' layers, by operator and node.
  mutating func graph(size: Size2D?) throws -> ModelGraph {
    guard (7...ONNXOpset.known.upperBound).contains(onnx.opset) else {
      throw FileError(
        onnx.file.path, "has the opset \(onnx.opset); read are 7 to \(ONNXOpset.known.upperBound)",
        advice: "export it with opset_version=17")
    }
    try readInput(size: size)
    for node in onnx.nodes { try read(node) }
    guard !onnx.outputs.isEmpty else { throw FileError(onnx.file.path, "has no output") }
    var outputs: [String] = []
    for name in onnx.outputs {
      guard let value = values[name] else {
        throw FileError(onnx.file.path, "the output '\(name)' is not the result of a layer")
      }
      let rank = value.shape.rank
      guard [AxisOrder.natural(rank), AxisOrder.channelsFirst(rank)].contains(value.order) else {
        throw FileError(
          onnx.file.path, "the output '\(name)' has its axes in an order that Keras does not have")
      }
      outputs.append(try materialized(value, "output").node)
    }
    let graph = ModelGraph(
      name: onnx.graphName.isEmpty ? "model" : onnx.graphName, nodes: nodes, outputs: outputs)
    return graph.withoutUnused()
  }

  // MARK: Inputs

  private mutating func readInput(size: Size2D?) throws {
    let inputs = onnx.inputs.filter { onnx.tensors[$0.name] == nil }
    guard inputs.count == 1 else {
      throw FileError(onnx.file.path, "has \(inputs.count) inputs; read are models with one picture as input")
    }
    let input = inputs[0]
    guard [1, 10].contains(input.type), (2...4).contains(input.dimensions.count) else {
      throw FileError(onnx.file.path, "its input '\(input.name)' is no picture of float32 or float16")
    }
    batch = input.dimensions[0]
    var dimensions = Array(input.dimensions.dropFirst())
    let order = Self.order(of: dimensions)
    if let size, dimensions.count == 3 {
      let wanted = [size.height, size.width]
      for (position, axis) in order.enumerated() where axis < 2 {
        guard dimensions[position] == nil || dimensions[position] == wanted[axis] else {
          throw FileError(
            onnx.file.path, "its pictures have the size \(dimensions[position] ?? 0), not \(wanted[axis])",
            advice: "leave --input-size out")
        }
        dimensions[position] = wanted[axis]
      }
    }
    let known = dimensions.compactMap { $0 }
    guard known.count == dimensions.count, known.allSatisfy((1...1 << 20).contains) else {
      throw FileError(
        onnx.file.path, "leaves the size of its pictures open", advice: "give it: --input-size 224")
    }
    var shape = known
    for (position, axis) in order.enumerated() { shape[axis] = known[position] }
    let layer = names.next(Self.layerName(input.name) ?? "input")
    nodes.append(Node(layer, InputLayer(shape: Shape(shape)), inputs: []))
    values[input.name] = ReadValue(node: layer, shape: Shape(shape), order: order)
  }

  /// Channels come first, but for pictures whose last dimension alone can be that of channels.
  private static func order(of dimensions: [Int?]) -> [Int] {
    guard dimensions.count == 3 else { return Array(dimensions.indices) }
    func areChannels(_ dimension: Int?) -> Bool { dimension.map { $0 <= 4 } ?? false }
    return !areChannels(dimensions[0]) && areChannels(dimensions[2]) ? [0, 1, 2] : [2, 0, 1]
  }

  // MARK: Nodes

  private mutating func read(_ node: ReadNode) throws {
    guard node.domain.isEmpty || node.domain == "ai.onnx" else {
      throw unsupported(node, "an operator of '\(node.domain)'")
    }
    guard let output = node.outputs.first else { throw unsupported(node, "a node without a result") }
    for name in node.outputs where !name.isEmpty {
      guard given.insert(name).inserted else {
        throw unsupported(node, "the result '\(name)', as something before it is called")
      }
    }
    if node.operation == "Constant" {
      constants[output] = try constant(node)
      return
    }
    if let constant = node.inputs.first.flatMap({ constants[$0] }), node.operation == "Identity" {
      constants[output] = constant
      return
    }
    if let counts = try countsComputed(by: node) { return keep(counts, as: output) }
    let part = try node.operation == "Erf" ? geluBegins(node) : geluGoesOn(node)
    if let part, !part.isComplete {
      geluParts[output] = part
      return
    }
    scaled[output] = try scaling(node)
    for (output, value) in zip(node.outputs, try part.map { [try readGelu(node, $0)] } ?? results(of: node)) {
      values[output] = value
      if results[value.node] == nil { results[value.node] = output }
      if isNonNegative(node) { nonNegative.insert(output) }
    }
  }

  private mutating func results(of node: ReadNode) throws -> [ReadValue] {
    node.operation == "Split" ? try readSplit(node) : [try translate(node)]
  }

  /// Numbers that do not depend on the pictures are as good as given ones.
  private mutating func keep(_ counts: [Count], as name: String) {
    let numbers = counts.compactMap(\.number)
    guard numbers.count == counts.count else {
      self.counts[name] = counts
      return
    }
    let bits = numbers.map { UInt64(bitPattern: Int64($0)) }
    constants[name] = ReadTensor(name: name, type: 7, shape: [bits.count], numbers: .listed(bits))
  }

  private func constant(_ node: ReadNode) throws -> ReadTensor {
    switch (
      node.attributes["value"], node.attributes["value_float"], node.attributes["value_int"],
      node.attributes["value_ints"]
    )
    {
    case (.tensor(let tensor)?, _, _, _): return tensor
    case (_, .float(let number)?, _, _):
      return ReadTensor(type: 1, numbers: .listed([UInt64(number.bitPattern)]))
    case (_, _, .int(let number)?, _):
      return ReadTensor(type: 7, numbers: .listed([UInt64(bitPattern: Int64(number))]))
    case (_, _, _, .ints(let numbers)?):
      let bits = numbers.map { UInt64(bitPattern: Int64($0)) }
      return ReadTensor(type: 7, shape: [bits.count], numbers: .listed(bits))
    default: throw unsupported(node, "a constant that is no tensor")
    }
  }

  private func isNonNegative(_ node: ReadNode) -> Bool {
    switch node.operation {
    case "Relu", "Sigmoid", "HardSigmoid", "Softmax", "Exp", "Softplus": true
    case "Add", "Mul", "Concat": node.inputs.allSatisfy(nonNegative.contains)
    case "MaxPool", "AveragePool", "GlobalAveragePool", "GlobalMaxPool", "Dropout", "Identity", "Transpose",
      "Flatten", "Reshape", "Squeeze", "Unsqueeze", "Slice", "Split", "Gather":
      node.inputs.first.map(nonNegative.contains) ?? false
    default: false
    }
  }

  func isNonNegative(_ input: String) -> Bool { nonNegative.contains(input) }

  /// Whether only one node takes what the layer gives, by this name.
  func isTakenOnce(_ value: ReadValue, _ name: String) -> Bool {
    results[value.node] == name && uses[name] == 1
  }

  /// Whether a dimension of a new shape is that of the batch.
  func isBatch(_ dimension: Count) -> Bool {
    dimension == .pictures || [0, -1, batch ?? 1].contains(dimension.number)
  }

  // MARK: What operators are made of

  /// The value of an input.
  func value(_ node: ReadNode, _ input: Int) throws -> ReadValue {
    guard node.inputs.indices.contains(input), let value = values[node.inputs[input]] else {
      let name = node.inputs.indices.contains(input) ? node.inputs[input] : ""
      guard constants[name] == nil else {
        throw unsupported(node, "given numbers, '\(name)', where values are computed")
      }
      guard counts[name] == nil else {
        throw unsupported(node, "the input '\(name)', which is computed of shapes")
      }
      guard geluParts[name] == nil else {
        throw unsupported(node, "an error function as its input '\(name)', which is no part of a Gelu")
      }
      throw unsupported(node, "the input '\(name)', which no node before it gives")
    }
    return value
  }

  /// An input that is left out, or part of the model.
  func tensor(_ node: ReadNode, _ input: Int) throws -> ReadTensor? {
    guard node.inputs.indices.contains(input), !node.inputs[input].isEmpty else { return nil }
    guard let tensor = constants[node.inputs[input]] else {
      throw unsupported(node, "the input '\(node.inputs[input])', which is computed rather than given")
    }
    return tensor
  }

  /// Adds a layer.
  ///
  /// - Parameter name: what follows the node's name, for layers that are added before its own.
  mutating func add(
    _ kind: some LayerKind, _ node: ReadNode, _ inputs: [ReadValue], suffix: String = ""
  ) throws -> ReadValue {
    let proposed = (node.name.isEmpty ? node.outputs.first ?? node.operation : node.name) + suffix
    return try add(kind, named: proposed, node: node, inputs)
  }

  private mutating func add(
    _ kind: some LayerKind, named proposed: String, node: ReadNode, _ inputs: [ReadValue]
  ) throws -> ReadValue {
    let shape: Shape
    do throws(GraphError) {
      shape = try kind.outputShape(of: inputs.map(\.shape))
    } catch {
      throw unsupported(node, error.reason)
    }
    let name = names.next(Self.layerName(proposed) ?? node.operation)
    nodes.append(Node(name, kind, inputs: inputs.map(\.node)))
    let order = inputs.first { $0.shape.rank == shape.rank }?.order
    return ReadValue(node: name, shape: shape, order: order ?? AxisOrder.channelsFirst(shape.rank))
  }

  /// A name that Keras takes: without the slashes of PyTorch's paths, and not too long. `nil` where nothing is left.
  private static func layerName(_ name: String) -> String? {
    let parts = name.split(separator: "/").joined(separator: "_")
    let short = String(String.UnicodeScalarView(parts.unicodeScalars.prefix(200)))
    return short.isEmpty ? nil : short
  }

  /// Adds a weight to the layer that was added last.
  mutating func addWeight(_ name: String, of value: ReadValue, _ weight: ReadWeight) {
    weights[WeightName(value.node, name)] = weight
  }

  /// The layer of a node again with another kind.
  mutating func replaceKind(of value: ReadValue, _ change: (Layer) -> Layer?) -> Bool {
    guard let index = nodes.lastIndex(where: { $0.name == value.node }),
      let layer = change(nodes[index].layer)
    else { return false }
    nodes[index].layer = layer
    return true
  }

  /// The same value with its axes in another order in Keras.
  mutating func arranged(_ value: ReadValue, as order: [Int], _ node: ReadNode) throws -> ReadValue {
    if value.order == order { return value }
    let axes = order.indices.map { axis in value.order[order.firstIndex(of: axis) ?? axis] }
    var result = try add(Permute(axes: axes), node, [value], suffix: "_permute")
    result.order = order
    return result
  }

  /// A value whose last axis in the file is the last one in Keras as well.
  mutating func lastAxisLast(_ value: ReadValue, _ node: ReadNode) throws -> ReadValue {
    let natural = AxisOrder.natural(value.order.count)
    return value.order.last == natural.last ? value : try arranged(value, as: natural, node)
  }

  /// A vector of a map that was only taken for one, in the file's order.
  mutating func materialized(_ value: ReadValue, _ name: String) throws -> ReadValue {
    guard value.isFlattened else { return value }
    var map = value
    map.isFlattened = false
    let node = ReadNode(name: value.node, operation: "Flatten")
    if AxisOrder.moving(value.order, value.shape)
      != AxisOrder.moving(
        AxisOrder.natural(value.shape.rank), value.shape)
    {
      map = try add(Permute(axes: value.order), node, [map], suffix: "_permute")
    }
    var vector = try add(Flatten(), node, [map], suffix: "_flatten")
    vector.order = [0]
    return vector
  }

  func unsupported(_ node: ReadNode, _ what: String) -> FileError {
    let name = node.name.isEmpty ? node.outputs.first ?? "" : node.name
    return FileError(
      onnx.file.path, "node '\(name)' (\(node.operation)) has \(what), which is not supported",
      advice: "only image networks of Keras' layers can be read")
  }
}

extension ReadNode {
  func int(_ name: String) -> Int? {
    if case .int(let value)? = attributes[name] { value } else { nil }
  }

  func ints(_ name: String) -> [Int]? {
    if case .ints(let values)? = attributes[name] { values } else { nil }
  }

  func float(_ name: String) -> Float? {
    if case .float(let value)? = attributes[name] { value } else { nil }
  }

  func string(_ name: String) -> String? {
    if case .string(let value)? = attributes[name] { value } else { nil }
  }
}
