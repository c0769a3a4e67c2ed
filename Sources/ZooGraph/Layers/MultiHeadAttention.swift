/// Attention (Vaswani et al., 2017) of a query to a value and a key: the second input, or the second and the third.
///
/// Inputs are positions, along any axes, × features. Kernels: features × heads × size of a head, the last one heads × size × features.
public struct MultiHeadAttention: LayerKind {
  public static let className = "MultiHeadAttention"

  /// Attentions beside each other.
  public var numHeads: Int
  /// Values of a query and a key.
  public var keyDim: Int
  /// Values of what is passed on.
  public var valueDim: Int
  /// Whether a number is added to each channel.
  public var useBias: Bool
  /// Features of the result; `nil` for as many as the query has.
  public var outputDim: Int?

  /// With Keras' arguments, under Keras' names.
  public init(numHeads: Int, keyDim: Int, valueDim: Int? = nil, useBias: Bool = true, outputDim: Int? = nil) {
    self.numHeads = numHeads
    self.keyDim = keyDim
    self.valueDim = valueDim ?? keyDim
    self.useBias = useBias
    self.outputDim = outputDim
  }

  enum CodingKeys: String, CodingKey {
    case numHeads = "num_heads"
    case keyDim = "key_dim"
    case valueDim = "value_dim"
    case useBias = "use_bias"
    case outputDim = "output_dim"
  }

  public func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    guard (2...3).contains(inputs.count) else {
      throw GraphError("takes a query, a value and possibly a key, found \(inputs.count) inputs")
    }
    for (name, value) in [("num_heads", numHeads), ("key_dim", keyDim), ("value_dim", valueDim)] {
      try require(name, value)
    }
    if let outputDim { try require("output_shape", outputDim) }
    guard inputs.allSatisfy({ $0.rank >= 2 }),
      inputs.dropFirst().allSatisfy({ $0.dimensions.dropLast() == inputs[1].dimensions.dropLast() })
    else {
      throw GraphError(
        "takes positions × features, as many of value and key, found "
          + inputs.map(\.description).joined(separator: ", "))
    }
    return Shape(inputs[0].dimensions.dropLast() + [outputDim ?? inputs[0].channels])
  }

  public func weights(for inputs: [Shape]) -> [WeightSpec] {
    let (query, value, key) = (inputs[0].channels, inputs[1].channels, inputs[inputs.count - 1].channels)
    let output = outputDim ?? query
    func part(_ name: String, _ kernel: [Int], _ bias: [Int]) -> [WeightSpec] {
      // Keras keeps the last one as `output_dense`.
      let dense = "\(name == "attention_output" ? "output" : name)_dense"
      return [WeightSpec("\(name)_kernel", kernel, .kernel, part: dense)]
        + (useBias ? [WeightSpec("\(name)_bias", bias, .bias, part: dense)] : [])
    }
    return part("query", [query, numHeads, keyDim], [numHeads, keyDim])
      + part("key", [key, numHeads, keyDim], [numHeads, keyDim])
      + part("value", [value, numHeads, valueDim], [numHeads, valueDim])
      + part("attention_output", [numHeads, valueDim, output], [output])
  }

  public func lower(_ inputs: [ValueID], in lowering: inout Lowering) -> ValueID {
    let shape = lowering.shape(of: inputs[0])
    let output = outputDim ?? shape.channels
    let inputs = inputs.map { lowering.rows(of: $0) }
    let positions = lowering.shape(of: inputs[0]).dimensions[0]
    var query = project(inputs[0], "query", keyDim, in: &lowering)
    query = lowering.scale(query, by: 1 / Double(keyDim).squareRoot())
    let key = project(inputs[inputs.count - 1], "key", keyDim, in: &lowering)
    let value = project(inputs[1], "value", valueDim, in: &lowering)
    let scores = lowering.multiplyMatrices(
      heads(query, keyDim, in: &lowering), heads(key, keyDim, in: &lowering), transposesSecond: true)
    let shares = lowering.add(.softmax(.softmax), to: scores)
    let attended = lowering.multiplyMatrices(shares, heads(value, valueDim, in: &lowering))
    let together = lowering.reshape(
      lowering.transpose(attended, [1, 0, 2]), to: Shape([positions, numHeads * valueDim]))
    let result = lowering.dense(
      together, units: output, kernel: "attention_output_kernel",
      bias: useBias ? "attention_output_bias" : nil)
    return lowering.reshape(result, to: Shape(shape.dimensions.dropLast() + [output]))
  }

  /// The features of all heads side by side.
  private func project(_ input: ValueID, _ name: String, _ size: Int, in lowering: inout Lowering) -> ValueID
  {
    lowering.dense(
      input, units: numHeads * size, kernel: "\(name)_kernel", bias: useBias ? "\(name)_bias" : nil)
  }

  /// Heads × positions × features.
  private func heads(_ input: ValueID, _ size: Int, in lowering: inout Lowering) -> ValueID {
    let positions = lowering.shape(of: input).dimensions[0]
    let split = lowering.reshape(input, to: Shape([positions, numHeads, size]))
    return lowering.transpose(split, [1, 0, 2])
  }
}

extension Lowering {
  /// Positions along one axis.
  fileprivate mutating func rows(of input: ValueID) -> ValueID {
    let shape = shape(of: input)
    return reshape(input, to: Shape([shape.dimensions.dropLast().reduce(1, *), shape.channels]))
  }
}
