import ZooGraph

/// Makes ONNX' graph of a lowered one, operation by operation; the files beside this one have a family of
/// operations each.
///
/// Values keep the order of axes that they have: nothing is transposed but for an operation that needs another order.
struct Translation {
  struct PendingNode {
    var operation: String
    var inputs: [TensorID?]
    var output: TensorID
    var attributes: [(name: String, value: ONNXAttribute)]
    var layers: [String]
  }

  private struct Placement: Hashable {
    var tensor: TensorID
    var shape: Shape
    var order: [Int]
  }

  let options: ONNXOptions
  let graph: LoweredGraph
  let windows: SizedWindows
  /// Of each operation, the one that alone takes its value.
  let soleConsumers: [ValueID: LoweredOperation]
  private let weights: any WeightSource
  private var values: [ValueID: Value] = [:]
  /// Operations that an earlier node has done already.
  var done: Set<ValueID> = []

  private(set) var nodes: [PendingNode] = []
  /// What each tensor would be called.
  private var names: [String]
  private(set) var initializers: [(tensor: TensorID, view: TensorView)] = []
  private var initializersByView: [TensorView: TensorID] = [:]
  private var placements: [Placement: TensorID] = [:]
  private var flattenings: [TensorID: TensorID] = [:]
  let input: TensorID = 0
  /// Whose nodes are being made.
  private var layers: [String] = []

  /// - Parameter input: the name of the graph's input.
  init(
    _ graph: LoweredGraph, input: String, windows: SizedWindows, _ options: ONNXOptions,
    weights: any WeightSource
  ) {
    self.graph = graph
    self.windows = windows
    self.options = options
    self.weights = weights
    names = [input]
    var consumers: [ValueID: [LoweredOperation]] = [:]
    for operation in graph.operations {
      for input in operation.inputs { consumers[input, default: []].append(operation) }
    }
    soleConsumers = consumers.compactMapValues { $0.count == 1 ? $0[0] : nil }
      .filter { !graph.outputs.contains($0.key) }
  }

  var opset: Int { options.opset.version }
  /// The type of all numbers that are not counted.
  var type: ONNXType { options.half ? .float16 : .float32 }
  /// The layer at work, for errors.
  var layer: String { layers.last ?? graph.operations.first?.layers.last ?? "" }

  /// All operations, in order.
  mutating func translate() throws(ONNXError) {
    for operation in graph.operations {
      layers = operation.layers
      values[operation.id] = try translate(operation)
    }
  }

  /// The tensor of each of the graph's outputs, as the layout has it.
  mutating func outputs() throws(ONNXError) -> [TensorID] {
    var taken: Set<TensorID> = [input]
    var tensors: [TensorID] = []
    for id in graph.outputs {
      layers = graph.operations.first { $0.id == id }?.layers ?? []
      let value = value(id)
      let order = options.layout.order(value.shape.rank)
      var result = tensor(value, order)
      if !value.isBatched { result = repeated(result, value.shape, order) }
      // An output has a name of its own, even where it is the input, or another output.
      if !taken.insert(result).inserted { result = emit("Identity", [result]) }
      tensors.append(result)
    }
    return tensors
  }

  func value(_ id: ValueID) -> Value {
    guard let value = values[id] else { preconditionFailure("value \(id) is used before it is made") }
    return value
  }

  /// The values that an operation takes.
  func inputs(_ operation: LoweredOperation) -> [Value] { operation.inputs.map { value($0) } }

  // MARK: Nodes

  /// Adds a node.
  mutating func emit(
    _ operation: String, _ inputs: [TensorID?], _ attributes: [(String, ONNXAttribute)] = []
  ) -> TensorID {
    let output = newTensor("\(layer)/\(operation)")
    nodes.append(
      PendingNode(
        operation: operation, inputs: inputs, output: output,
        attributes: attributes.map { (name: $0.0, value: $0.1) }, layers: layers))
    return output
  }

  /// Adds nodes for each number of a value, which leave its shape and order as they are.
  mutating func map(
    _ value: Value, _ body: (inout Translation, TensorID) throws(ONNXError) -> TensorID
  ) throws(ONNXError) -> Value {
    var result = value
    switch value.source {
    case .tensor(let tensor, let order): result.source = .tensor(try body(&self, tensor), order: order)
    case .flattened(let map): result.source = .flattened(try self.map(map, body))
    case .numbers:
      let order = AxisOrder.natural(value.shape.rank)
      result.source = .tensor(try body(&self, tensor(value, order)), order: order)
    }
    return result
  }

  private mutating func newTensor(_ name: String) -> TensorID {
    names.append(name)
    return names.count - 1
  }

  // MARK: Numbers

  /// Numbers as an initializer; the same ones are there once.
  mutating func initializer(_ view: TensorView, _ name: String) -> TensorID {
    if let known = initializersByView[view] { return known }
    let tensor = newTensor(name)
    initializers.append((tensor, view))
    initializersByView[view] = tensor
    return tensor
  }

  mutating func integers(_ values: [Int], _ name: String) -> TensorID {
    initializer(TensorView(.integers(values), [values.count], .int64), "\(layer)/\(name)")
  }

  /// One number.
  ///
  /// - Throws: `ONNXError` where half precision makes nothing or infinity of it.
  mutating func scalar(_ value: Double) throws(ONNXError) -> TensorID {
    try checkHalf(value, "a constant")
    return initializer(TensorView(.floats([Float(value)]), [], type), "\(layer)/\(Float(value))")
  }

  func checkHalf(_ value: Double, _ what: String) throws(ONNXError) {
    guard options.half, value.isFinite, value != 0 else { return }
    guard Float16(value).isFinite, Float16(value) != 0 else {
      throw .beyondHalf(layer: layer, what: what, value: value)
    }
  }

  /// A number for each channel, with ones for the `following` dimensions.
  mutating func vector(_ values: [Double], _ name: String, following: Int = 0) -> TensorID {
    let shape = [values.count] + Array(repeating: 1, count: following)
    return initializer(TensorView(.floats(values.map { Float($0) }), shape, type), "\(layer)/\(name)")
  }

  /// The values of a weight that has few.
  func numbers(_ layer: String, _ weight: String) throws(ONNXError) -> [Double] {
    do {
      return try weights.withWeight(layer: layer, weight: weight) { $0.map(Double.init) }
    } catch {
      throw .unreadable(layer: layer, weight: weight, reason: "\(error)")
    }
  }

  func composed(_ affine: [ChannelAffine], channels: Int) throws(ONNXError) -> [ChannelStep] {
    try affine.composed(channels: channels) { layer, name throws(ONNXError) in try numbers(layer, name) }
  }

  // MARK: Orders

  /// A value's tensor with its axes in `order`.
  mutating func tensor(_ value: Value, _ order: [Int]) -> TensorID {
    switch value.source {
    case .tensor(let tensor, let current): return moved(tensor, value, from: current, to: order)
    case .numbers(let view):
      let permutation = [0] + order.map { $0 + 1 }
      let placed = TensorView(
        view.numbers, [1] + value.shape.dimensions, permutation: permutation, scale: view.scale, view.type)
      return initializer(placed, initializerName(view))
    case .flattened(let map):
      return reshape(
        tensor(map, AxisOrder.natural(map.shape.rank)), to: value.shape.dimensions, isBatched: value.isBatched
      )
    }
  }

  /// A value's tensor as Keras has it.
  mutating func natural(_ value: Value) -> TensorID { tensor(value, AxisOrder.natural(value.shape.rank)) }

  private func initializerName(_ view: TensorView) -> String {
    switch view.numbers {
    case .weight(let name): name.description
    case .floats, .integers: "\(layer)/numbers"
    }
  }

  private mutating func moved(
    _ tensor: TensorID, _ value: Value, from current: [Int], to order: [Int]
  ) -> TensorID {
    if current == order { return tensor }
    let placement = Placement(tensor: tensor, shape: value.shape, order: order)
    if let known = placements[placement] { return known }
    let shape = value.shape
    let result: TensorID
    if AxisOrder.moving(current, shape) == AxisOrder.moving(order, shape) {
      result = reshape(tensor, to: order.map { shape.dimensions[$0] }, isBatched: value.isBatched)
    } else {
      let permutation = [0] + order.map { axis in (current.firstIndex(of: axis) ?? axis) + 1 }
      result = emit("Transpose", [tensor], [("perm", .ints(permutation))])
    }
    placements[placement] = result
    return result
  }

  /// The same numbers in the same order with other dimensions behind the batch.
  mutating func reshape(_ tensor: TensorID, to dimensions: [Int], isBatched: Bool) -> TensorID {
    let shape = integers([isBatched ? 0 : 1] + dimensions, "shape")
    return emit("Reshape", [tensor, shape])
  }

  /// A vector of all values behind the batch, in the order in which they lie.
  mutating func flatten(_ tensor: TensorID) -> TensorID {
    if let known = flattenings[tensor] { return known }
    let result = emit("Flatten", [tensor])
    flattenings[tensor] = result
    return result
  }

  /// What is the same for all pictures, once for each of them.
  mutating func repeated(_ tensor: TensorID, _ shape: Shape, _ order: [Int]) -> TensorID {
    let dimensions = order.map { shape.dimensions[$0] }
    if let batch = options.batch {
      return emit("Expand", [tensor, integers([batch] + dimensions, "shape")])
    }
    let count = emit("Gather", [emit("Shape", [input]), integers([0], "first")])
    guard !dimensions.isEmpty else { return emit("Expand", [tensor, count]) }
    let target = emit("Concat", [count, integers(dimensions, "shape")], [("axis", .int(0))])
    return emit("Expand", [tensor, target])
  }

  // MARK: Names

  /// What each tensor would be called: as the layer whose result it is.
  var proposedNames: [String] {
    var names = names
    var results: [String: ValueID] = [:]
    for operation in graph.operations {
      if let layer = operation.layers.last { results[layer] = operation.id }
    }
    for operation in graph.operations {
      guard let layer = operation.layers.last, results[layer] == operation.id,
        case .tensor(let tensor, _)? = values[operation.id]?.source, tensor != input
      else { continue }
      names[tensor] = layer
    }
    return names
  }

  // MARK: Dispatch

  private mutating func translate(_ operation: LoweredOperation) throws(ONNXError) -> Value {
    if done.contains(operation.id) { return value(operation.inputs[0]) }
    switch operation.kind {
    case .input(let preprocessing): return try pictures(operation, preprocessing)
    case .convolution(let convolution): return try convolve(operation, convolution)
    case .transposedConvolution(let convolution): return try convolveTransposed(operation, convolution)
    case .dense(let product): return try multiply(operation, product)
    case .matrixProduct(let product): return multiplyMatrices(operation, product)
    case .affine(let steps): return try scale(value(operation.inputs[0]), steps)
    case .activation(let function):
      return try map(value(operation.inputs[0])) { translation, x throws(ONNXError) in
        try translation.activate(x, function)
      }
    case .elementwise(let function):
      return try map(value(operation.inputs[0])) { translation, x throws(ONNXError) in
        try translation.apply(function, to: x)
      }
    case .softmax(let function): return try softmax(value(operation.inputs[0]), function)
    case .pad(let margins): return pad(value(operation.inputs[0]), margins, operation.shape)
    case .pool(let window): return pool(operation, window)
    case .add: return combine("Add", operation)
    case .multiply: return combine("Mul", operation)
    case .binary(let function, _): return combine(function.operation, operation)
    case .concatenate: return concatenate(operation, axis: operation.shape.rank - 1)
    case .join(let outer): return concatenate(operation, axis: joinedAxis(operation, outer: outer))
    case .reshape: return reshape(value(operation.inputs[0]), to: operation.shape)
    case .rearrange(let rearrangement): return rearrange(operation, rearrangement)
    case .reduce(let reduction): return reduce(operation, reduction)
    case .normalize(let moments): return try normalize(operation, moments)
    case .resize(let rows, let columns): return resize(operation, rows, columns)
    case .lookUp(let name, let rows): return try lookUp(operation, name, rows: rows)
    case .weight(let name):
      return Value(
        source: .numbers(TensorView(.weight(name), operation.shape.dimensions, type)), shape: operation.shape,
        isBatched: false)
    case .constant(let numbers):
      for number in numbers { try checkHalf(Double(number), "a constant") }
      return Value(
        source: .numbers(TensorView(.floats(numbers), operation.shape.dimensions, type)),
        shape: operation.shape, isBatched: false)
    case .dropout, .identity: return value(operation.inputs[0])
    }
  }
}
