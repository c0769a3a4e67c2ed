/// Each step along an axis plus all steps before it.
public struct CumulativeSum: LayerKind {
  public static let className = "CumulativeSum"

  /// Counted from a picture's first.
  public var axis: Int

  /// With Keras' arguments, under Keras' names.
  public init(axis: Int) { self.axis = axis }

  public func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    let input = try single(inputs)
    guard input.dimensions.indices.contains(axis) else {
      throw GraphError("axis \(axis) is none of \(input)")
    }
    guard input.dimensions[axis] <= 4_096 else { throw GraphError("has more than 4096 steps") }
    return input
  }

  /// A product with a triangle of ones.
  public func lower(_ inputs: [ValueID], in lowering: inout Lowering) -> ValueID {
    let shape = lowering.shape(of: inputs[0])
    let count = shape.dimensions[axis]
    let moved = lowering.moveToEnd(axis, of: inputs[0])
    let others = lowering.shape(of: moved)
    let rows = lowering.reshape(moved, to: Shape([(shape.elementCount ?? 0) / count, count]))
    let triangle = (0..<count * count).map { Float($0 / count <= $0 % count ? 1 : 0) }
    let ones = lowering.add(.constant(triangle), [], Shape([count, count]))
    let sums = lowering.reshape(lowering.multiplyMatrices(rows, ones), to: others)
    return lowering.moveFromEnd(to: axis, of: sums)
  }
}
