/// A layer applied to each step along the first axis.
public struct TimeDistributed: LayerKind {
  public static let className = "TimeDistributed"

  /// What is done to each of the parts.
  public var layer: Layer

  /// With Keras' arguments, under Keras' names.
  public init(_ layer: some LayerKind) { self.layer = Layer(layer) }

  public func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    let (steps, step) = try self.steps(of: try single(inputs))
    guard steps <= 4_096 else { throw GraphError("has \(steps) steps, more than 4096") }
    return Shape([steps] + (try layer.kind.outputShape(of: [step])).dimensions)
  }

  public func weights(for inputs: [Shape]) -> [WeightSpec] {
    layer.kind.weights(for: [Shape(Array(inputs[0].dimensions.dropFirst()))]).map { spec in
      var spec = spec
      spec.part = "layer"
      return spec
    }
  }

  private func steps(of input: Shape) throws(GraphError) -> (Int, Shape) {
    guard input.rank >= 2 else { throw GraphError("takes steps of something, found shape \(input)") }
    return (input.dimensions[0], Shape(Array(input.dimensions.dropFirst())))
  }

  public func lower(_ inputs: [ValueID], in lowering: inout Lowering) throws(GraphError) -> ValueID {
    let (steps, shape) = try self.steps(of: lowering.shape(of: inputs[0]))
    var results: [ValueID] = []
    for step in 0..<steps {
      let slice = lowering.slice(inputs[0], axis: 0, step..<step + 1)
      let result = try layer.kind.lower([lowering.reshape(slice, to: shape)], in: &lowering)
      results.append(
        lowering.reshape(result, to: Shape([1] + lowering.shape(of: result).dimensions)))
    }
    return lowering.concatenate(results, axis: 0)
  }
}
