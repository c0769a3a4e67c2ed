/// The products of two inputs along an axis of each, summed up.
public struct Dot: LayerKind {
  public static let className = "Dot"

  /// One of the first input and one of the second, counted from a picture's first.
  public var axes: [Int]
  /// Whether both are brought to length 1 along their axis before.
  public var normalize: Bool

  /// With Keras' arguments, under Keras' names.
  public init(axes: [Int], normalize: Bool = false) {
    self.axes = axes
    self.normalize = normalize
  }

  public func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    guard inputs.count == 2, axes.count == 2 else {
      throw GraphError("takes two inputs and two axes, found \(inputs.count) and \(axes.count)")
    }
    for (input, axis) in zip(inputs, axes) where !input.dimensions.indices.contains(axis) {
      throw GraphError("axis \(axis) is none of \(input)")
    }
    let counts = zip(inputs, axes).map { $0.dimensions[$1] }
    guard counts[0] == counts[1] else {
      throw GraphError("\(inputs[0]) and \(inputs[1]) have not the same length along the axes \(axes)")
    }
    let rest = others(inputs[0], axes[0]) + others(inputs[1], axes[1])
    return Shape(rest.isEmpty ? [1] : rest)
  }

  private func others(_ shape: Shape, _ axis: Int) -> [Int] {
    shape.dimensions.enumerated().filter { $0.offset != axis }.map(\.element)
  }

  public func lower(_ inputs: [ValueID], in lowering: inout Lowering) -> ValueID {
    var matrices: [ValueID] = []
    var rest: [Int] = []
    for (input, axis) in zip(inputs, axes) {
      var value = input
      if normalize { value = lowering.normalize(value, .unitLength, axes: [axis], epsilon: 1e-12) }
      let shape = lowering.shape(of: value)
      let moved = lowering.moveToEnd(axis, of: value)
      let rows = others(shape, axis)
      rest += rows
      matrices.append(
        lowering.reshape(moved, to: Shape([rows.reduce(1, *), shape.dimensions[axis]])))
    }
    let product = lowering.multiplyMatrices(matrices[0], matrices[1], transposesSecond: true)
    return lowering.reshape(product, to: Shape(rest.isEmpty ? [1] : rest))
  }
}
