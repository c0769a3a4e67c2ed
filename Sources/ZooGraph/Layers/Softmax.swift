/// Softmax, or one of its relatives, along any axes.
public struct Softmax: LayerKind {
  public static let className = "Softmax"

  /// Counted from a picture's first.
  public var axis: [Int]
  /// The function itself or a relative of it.
  public var function: SoftmaxFunction

  /// With Keras' arguments, under Keras' names.
  public init(axis: [Int], function: SoftmaxFunction = .softmax) {
    self.axis = axis
    self.function = function
  }

  public func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    let input = try single(inputs)
    guard !axis.isEmpty, Set(axis).count == axis.count, axis.allSatisfy(input.dimensions.indices.contains)
    else {
      throw GraphError("the axes \(axis) are none of \(input)")
    }
    return input
  }

  public func lower(_ inputs: [ValueID], in lowering: inout Lowering) -> ValueID {
    let input = lowering.shape(of: inputs[0])
    let others = (0..<input.rank).filter { !axis.contains($0) }
    let permutation = others + axis.sorted()
    let moved = lowering.transpose(inputs[0], permutation)
    let together = Shape(
      others.map { input.dimensions[$0] } + [axis.reduce(1) { $0 * input.dimensions[$1] }])
    let flat = lowering.reshape(moved, to: together)
    let result = lowering.add(.softmax(function), to: flat)
    let back = lowering.reshape(result, to: lowering.shape(of: moved))
    let inverse = permutation.indices.map { axis in permutation.firstIndex(of: axis) ?? axis }
    return lowering.transpose(back, inverse)
  }
}
