/// The axes of each picture in another order.
public struct Permute: LayerKind {
  public static let className = "Permute"

  /// The numbers of the input's axes, counted from a picture's first, in the order of the result's.
  public var axes: [Int]

  /// With Keras' arguments, under Keras' names.
  public init(axes: [Int]) { self.axes = axes }

  public func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    let input = try single(inputs)
    guard axes.sorted() == Array(0..<input.rank) else {
      throw GraphError("the axes \(axes) are no order of those of \(input)")
    }
    return Shape(axes.map { input.dimensions[$0] })
  }

  public func lower(_ inputs: [ValueID], in lowering: inout Lowering) -> ValueID {
    lowering.transpose(inputs[0], axes)
  }
}
