/// A tensor several times one behind the other along an axis.
public struct Tile: LayerKind {
  public static let className = "Tile"

  /// Counted from a picture's first.
  public var axis: Int
  /// How often.
  public var count: Int

  /// With Keras' arguments, under Keras' names.
  public init(axis: Int, count: Int) {
    self.axis = axis
    self.count = count
  }

  public func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    let input = try single(inputs)
    try require("count", count)
    guard input.dimensions.indices.contains(axis) else {
      throw GraphError("axis \(axis) is none of \(input)")
    }
    var result = input
    result.dimensions[axis] *= count
    return result
  }

  public func lower(_ inputs: [ValueID], in lowering: inout Lowering) -> ValueID {
    var axes = lowering.shape(of: inputs[0]).axes
    axes.insert(Axis(count, stride: 0), at: axis)
    var result = lowering.shape(of: inputs[0])
    result.dimensions[axis] *= count
    return lowering.add(.rearrange(Rearrangement(axes)), inputs, result)
  }
}
