/// `x` above 0, `alpha · x` below, with trained numbers. `alpha`: the input's shape, with 1 along the shared axes.
public struct PReLU: LayerKind {
  public static let className = "PReLU"

  /// The axes along which there is one number, counted from a picture's first.
  public var sharedAxes: [Int]

  /// With Keras' arguments, under Keras' names.
  public init(sharedAxes: [Int] = []) { self.sharedAxes = sharedAxes }

  enum CodingKeys: String, CodingKey {
    case sharedAxes = "shared_axes"
  }

  public func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    let input = try single(inputs)
    guard sharedAxes.allSatisfy(input.dimensions.indices.contains) else {
      throw GraphError("the axes \(sharedAxes) are none of \(input)")
    }
    return input
  }

  public func weights(for inputs: [Shape]) -> [WeightSpec] {
    [WeightSpec("alpha", alphaShape(inputs[0]).dimensions, .scale)]
  }

  public func lower(_ inputs: [ValueID], in lowering: inout Lowering) throws(GraphError) -> ValueID {
    let positive = lowering.apply(.relu, to: inputs[0])
    let negative = lowering.apply(.relu, to: lowering.scale(inputs[0], by: -1))
    let input = lowering.shape(of: inputs[0])
    let alpha = alphaShape(input)
    let scaled: ValueID
    if alpha.elementCount == input.channels, alpha.channels == input.channels {
      scaled = lowering.add(
        .affine([.weights(layer: lowering.owner, scale: "alpha", shift: nil)]), to: negative)
    } else {
      scaled = try lowering.combine(.multiply, negative, lowering.weight("alpha", alpha))
    }
    return try lowering.combine(.add, positive, lowering.scale(scaled, by: -1))
  }

  private func alphaShape(_ input: Shape) -> Shape {
    Shape(input.dimensions.enumerated().map { sharedAxes.contains($0) ? 1 : $1 })
  }
}
