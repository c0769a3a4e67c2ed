/// Products of the matrices that lie in the last two axes; all of the first input's with the second's only one, where that
/// has no more axes.
public struct MatMul: LayerKind {
  public static let className = "MatMul"

  public var transposesFirst: Bool
  public var transposesSecond: Bool

  public init(transposesFirst: Bool = false, transposesSecond: Bool = false) {
    self.transposesFirst = transposesFirst
    self.transposesSecond = transposesSecond
  }

  enum CodingKeys: String, CodingKey {
    case transposesFirst = "transpose_a"
    case transposesSecond = "transpose_b"
  }

  public func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    guard inputs.count == 2 else { throw GraphError("takes two inputs, found \(inputs.count)") }
    let (first, second) = (inputs[0].dimensions, inputs[1].dimensions)
    let isOne = second.count == 2 && !transposesFirst
    guard first.count >= 2, isOne || first.count == second.count && first.dropLast(2) == second.dropLast(2)
    else {
      throw GraphError("cannot multiply \(inputs[0]) and \(inputs[1]) as matrices")
    }
    let left = transposesFirst ? Array(first.suffix(2).reversed()) : Array(first.suffix(2))
    let right = transposesSecond ? Array(second.suffix(2).reversed()) : Array(second.suffix(2))
    guard left[1] == right[0] else {
      throw GraphError("cannot multiply matrices of \(left[0])×\(left[1]) and \(right[0])×\(right[1])")
    }
    return Shape(first.dropLast(2) + [left[0], right[1]])
  }

  public func lower(_ inputs: [ValueID], in lowering: inout Lowering) -> ValueID {
    let first = lowering.shape(of: inputs[0])
    guard first.rank > 2, lowering.shape(of: inputs[1]).rank == 2 else {
      return lowering.multiplyMatrices(
        inputs[0], inputs[1], transposesFirst: transposesFirst, transposesSecond: transposesSecond)
    }
    let rows = lowering.reshape(
      inputs[0], to: Shape([first.dimensions.dropLast().reduce(1, *), first.channels]))
    let product = lowering.multiplyMatrices(rows, inputs[1], transposesSecond: transposesSecond)
    return lowering.reshape(
      product, to: Shape(first.dimensions.dropLast() + [lowering.shape(of: product).channels]))
  }
}

/// The products of two inputs along an axis of each, summed up.
public struct Dot: LayerKind {
  public static let className = "Dot"

  /// One of the first input and one of the second, counted from a picture's first.
  public var axes: [Int]
  /// Whether both are brought to length 1 along their axis before.
  public var normalize: Bool

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
