import ZooGraph

/// A depthwise convolution that is done together with the convolution of single pixels before it.
struct DepthwiseStep {
  var stride: Int
  /// Rows and columns of zeros above and to the left. Below and to the right there are as many as it takes for
  /// ⌈size / stride⌉ rows and columns of results.
  var margin: Int
  var hasBias: Bool
  var type: NumberType

  static let kernelSize = 3

  /// `nil` where oneDNN has no such step.
  init?(_ convolution: Convolution, input: Extent, output: Extent, type: NumberType) {
    let (strides, margins) = (convolution.strides, convolution.margins)
    guard convolution.depthwise, convolution.filters == input.channels,
      convolution.kernelSize == Size2D(Self.kernelSize), convolution.dilation == Size2D(1),
      strides.height == strides.width, strides.height <= 2, margins.top == margins.left, margins.top <= 1,
      output.height == (input.height + strides.height - 1) / strides.height,
      output.width == (input.width + strides.width - 1) / strides.width
    else { return nil }
    stride = strides.height
    margin = margins.top
    hasBias = convolution.hasBias
    self.type = type
  }
}

extension PlanBuilder {
  /// A convolution of single pixels and the depthwise one that is the only user of its result.
  struct Pair {
    var first: LoweredOperation
    var pointwise: Convolution
    var second: LoweredOperation
    var depthwise: Convolution
    var steps: [FusedStep]
  }

  /// Emits the convolution together with a depthwise one behind it, where oneDNN has code for that, and it is the faster
  /// way: what lies between then stays in the cache. Returns false otherwise.
  mutating func emitWithDepthwise(
    _ operation: LoweredOperation, _ convolution: Convolution
  ) throws(EngineError) -> Bool {
    guard let (pair, fused) = try pairWithCode(operation, convolution),
      let depthwiseWeights = fused.depthwiseWeights, try wins(fused, pair)
    else { return false }
    choices.note(Self.name(fused), for: convolution.name)
    let input = extent(of: operation.inputs[0])
    let target = newLocation(fused.destination)
    let operands: [(Argument, Location)] = [
      (.source, try location(of: operation.inputs[0], as: fused.source)), (.destination, target),
    ]
    let parameters =
      try parameters(of: pair.pointwise, input: input, as: fused.weights)
      + parameters(
        of: pair.depthwise, input: operation.extent, as: depthwiseWeights,
        ofDepthwise: true)
    let work = pair.pointwise.floatingPointOperations(input, operation.extent)
    let depthwiseWork = pair.depthwise.floatingPointOperations(operation.extent, pair.second.extent)
    try emit(
      fused, layers: operation.layers + pair.second.layers, operands + parameters,
      floatingPointOperations: batch &* (work + depthwiseWork))
    set(pair.second.id, target)
    return true
  }

  /// The convolution and the depthwise one behind it, where oneDNN has code for both together. That differs between
  /// its versions.
  func pairWithCode(
    _ operation: LoweredOperation, _ convolution: Convolution
  ) throws(EngineError) -> (Pair, PrimitiveDescriptor)? {
    guard let pair = pair(operation, convolution), let fused = try fused(pair) else { return nil }
    return (pair, fused)
  }

  private func pair(_ operation: LoweredOperation, _ convolution: Convolution) -> Pair? {
    let users = graph.operations.filter { $0.inputs.contains(operation.id) }
    guard convolution.isPointwise, operation.residual == nil, users.count == 1,
      case .convolution(let depthwise) = users[0].kind, users[0].residual == nil,
      !graph.outputs.contains(operation.id),
      let step = DepthwiseStep(
        depthwise, input: operation.extent, output: users[0].extent,
        type: options.precision.type)
    else { return nil }
    return Pair(
      first: operation, pointwise: convolution, second: users[0], depthwise: depthwise,
      steps: operation.epilogue.activations + [.depthwise(step)] + users[0].epilogue.activations)
  }

  /// `nil` where oneDNN has no code of its own for both: it then runs one after the other.
  private func fused(_ pair: Pair) throws(EngineError) -> PrimitiveDescriptor? {
    let input = extent(of: pair.first.inputs[0])
    let ways = try candidates(pair.pointwise, input: input, output: pair.first.extent, lies: nil)
    guard let way = ways.first, way.family == "jit" else { return nil }
    return try .find(pair.pointwise.operation(way, input: input), Attributes(pair.steps), on: device) {
      $0.hasPrefix(way.family)
    }
  }

  private static func name(_ fused: PrimitiveDescriptor) -> String { fused.implementation + " + depthwise" }

  /// As another plan has it; else as measured; else as it was on the machine this was developed on: 3 to 16 % faster
  /// with a stride of 2, where the map between is the largest, and no faster without.
  private func wins(_ fused: PrimitiveDescriptor, _ pair: Pair) throws(EngineError) -> Bool {
    if let known = choices[pair.pointwise.name] { return known == Self.name(fused) }
    if let tuning = options.tuning {
      let key = pair.pointwise.tuningKey(
        input: extent(of: pair.first.inputs[0]), output: pair.first.extent, batch: batch, threads: threads,
        steps: pair.steps, precision: options.precision)
      if let winner = tuning.winner(for: key) { return winner == Self.name(fused) }
      if tuning.measures {
        let apart = [
          try found(pair.first, pair.pointwise, pair.first.epilogue.activations, destination: nil),
          try found(pair.second, pair.depthwise, pair.second.epilogue.activations, destination: nil),
        ]
        let isFaster = try time([.oneDNN(fused)]) < time(apart)
        tuning.remember(isFaster ? Self.name(fused) : "one after the other", for: key)
        return isFaster
      }
    }
    return pair.depthwise.strides != Size2D(1)
  }
}
