/// Rows of a table, by their numbers. `embeddings`: how many there are × length of a row.
public struct Embedding: LayerKind {
  public static let className = "Embedding"

  /// Numbers that may be looked up.
  public var inputDim: Int
  /// Values of each.
  public var outputDim: Int

  /// With Keras' arguments, under Keras' names.
  public init(inputDim: Int, outputDim: Int) {
    self.inputDim = inputDim
    self.outputDim = outputDim
  }

  enum CodingKeys: String, CodingKey {
    case inputDim = "input_dim"
    case outputDim = "output_dim"
  }

  public func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    try require("input_dim", inputDim)
    try require("output_dim", outputDim)
    return Shape(try single(inputs).dimensions + [outputDim])
  }

  public func weights(for inputs: [Shape]) -> [WeightSpec] {
    [WeightSpec("embeddings", [inputDim, outputDim], .kernel)]
  }

  public func lower(_ inputs: [ValueID], in lowering: inout Lowering) -> ValueID {
    let result = Shape(lowering.shape(of: inputs[0]).dimensions + [outputDim])
    let table = WeightName(lowering.owner, "embeddings")
    return lowering.add(.lookUp(table, rows: inputDim), inputs, result)
  }
}
