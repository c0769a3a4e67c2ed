/// Turns layers into operations, one after the other.
///
/// What a layer computes is in its own file; here is what layers build it of. Shapes are without the batch, and so are
/// the numbers of axes: 0 is the first one of a picture.
public struct Lowering {
  /// The operations so far.
  public private(set) var operations: [LoweredOperation] = []
  let preprocessing: Preprocessing
  /// The node whose operations are being added.
  var node = ""
  /// Whose weights it uses.
  public internal(set) var owner = ""

  init(preprocessing: Preprocessing) { self.preprocessing = preprocessing }

  /// The shape of a value, without the batch.
  public func shape(of value: ValueID) -> Shape { operations[value].shape }

  /// Adds an operation.
  public mutating func add(_ kind: LoweredOperation.Kind, _ inputs: [ValueID], _ shape: Shape) -> ValueID {
    let id = operations.count
    operations.append(LoweredOperation(id: id, layers: [node], kind: kind, inputs: inputs, shape: shape))
    return id
  }

  /// An operation whose result has the shape of its only input.
  public mutating func add(_ kind: LoweredOperation.Kind, to input: ValueID) -> ValueID {
    add(kind, [input], shape(of: input))
  }

  // MARK: Functions of each value

  /// A function of each value.
  public mutating func apply(_ function: ActivationFunction, to input: ValueID) -> ValueID {
    switch function {
    case .linear: input
    case .softmax: add(.softmax(.softmax), to: input)
    case .logSoftmax: add(.softmax(.logSoftmax), to: input)
    case .sparsemax: add(.softmax(.sparsemax), to: input)
    case .glu: gated(input)
    case .relu, .relu6, .rectifier, .leakyReLU, .sigmoid, .tanh, .hardSigmoid, .hardSigmoidOfKeras2,
      .hardSilu,
      .hardTanh, .silu, .elu, .selu, .celu, .gelu, .softplus, .softsign, .mish, .exponential, .logSigmoid,
      .squareplus, .sparsePlus, .sparseSigmoid, .hardShrink, .softShrink, .tanhShrink, .threshold:
      add(.activation(function), to: input)
    }
  }

  private mutating func gated(_ input: ValueID) -> ValueID {
    let axis = shape(of: input).rank - 1
    let half = shape(of: input).channels / 2
    let values = slice(input, axis: axis, 0..<half)
    let gates = add(.activation(.sigmoid), to: slice(input, axis: axis, half..<2 * half))
    return add(.multiply, [values, gates], shape(of: values))
  }

  /// `x · scale + shift` with one number for all values.
  public mutating func scale(_ input: ValueID, by scale: Double, plus shift: Double = 0) -> ValueID {
    add(.affine([.constants(scale: [scale], shift: [shift])]), to: input)
  }

  // MARK: Two inputs

  /// Value by value; what has one step along an axis is repeated, as NumPy does it.
  public mutating func combine(_ function: BinaryFunction, _ first: ValueID, _ second: ValueID)
    throws(GraphError)
    -> ValueID
  {
    let shapes = [shape(of: first), shape(of: second)]
    let result = try Shape.broadcast(shapes)
    switch function {
    case .add where shapes[0] == shapes[1]: return add(.add, [first, second], result)
    case .multiply where shapes[0] == shapes[1]: return add(.multiply, [first, second], result)
    case .multiply where shapes[1] == .map(1, 1, result.channels) && shapes[0] == result:
      return add(.multiply, [first, second], result)
    case .multiply where shapes[0] == .map(1, 1, result.channels) && shapes[1] == result:
      return add(.multiply, [second, first], result)
    case .add, .subtract, .multiply, .divide, .power, .maximum, .minimum:
      let broadcast = Broadcast(first: shapes[0].repeated(to: result), second: shapes[1].repeated(to: result))
      return add(.binary(function, broadcast), [first, second], result)
    }
  }

  // MARK: Shapes

  /// The same values in another shape.
  public mutating func reshape(_ input: ValueID, to target: Shape) -> ValueID {
    shape(of: input) == target ? input : add(.reshape, [input], target)
  }

  /// Axis number `permutation[0]` of the input becomes the first one, and so on.
  public mutating func transpose(_ input: ValueID, _ permutation: [Int]) -> ValueID {
    if permutation == Array(permutation.indices) { return input }
    let axes = shape(of: input).axes
    let permuted = permutation.map { axes[$0] }
    return add(.rearrange(Rearrangement(permuted)), [input], Shape(permuted.map(\.count)))
  }

  /// The input with `axis` as its last one.
  public mutating func moveToEnd(_ axis: Int, of input: ValueID) -> ValueID {
    transpose(input, (0..<shape(of: input).rank).filter { $0 != axis } + [axis])
  }

  /// The inverse of ``moveToEnd(_:of:)``.
  public mutating func moveFromEnd(to axis: Int, of input: ValueID) -> ValueID {
    let last = shape(of: input).rank - 1
    var permutation = Array(0..<last)
    permutation.insert(last, at: axis)
    return transpose(input, permutation)
  }

  /// The part of an input within `range` of an axis.
  public mutating func slice(_ input: ValueID, axis: Int, _ range: Range<Int>) -> ValueID {
    let shape = shape(of: input)
    if range == 0..<shape.dimensions[axis] { return input }
    var axes = shape.axes
    let offset = axes[axis].stride * range.lowerBound
    axes[axis].count = range.count
    return add(.rearrange(Rearrangement(axes, offset: offset)), [input], Shape(axes.map(\.count)))
  }

  /// Inputs one behind the other along an axis.
  public mutating func concatenate(_ inputs: [ValueID], axis: Int) -> ValueID {
    guard inputs.count > 1 else { return inputs[0] }
    var result = shape(of: inputs[0])
    result.dimensions[axis] = inputs.reduce(0) { $0 + shape(of: $1).dimensions[axis] }
    if axis == result.rank - 1 { return add(.concatenate, inputs, result) }
    let outer = result.dimensions[..<axis].reduce(1, *)
    return add(.join(outer: outer), inputs, result)
  }

  /// One number of all values along some axes, which vanish, or keep one step.
  public mutating func reduce(
    _ input: ValueID, _ function: Reduction.Function, axes: [Int], keepdims: Bool
  ) -> ValueID {
    let all = shape(of: input).axes
    let kept = all.indices.filter { !axes.contains($0) }.map { all[$0] }
    let reduced = all.indices.filter { axes.contains($0) }.map { all[$0] }
    let result = Shape(all.indices.compactMap { axes.contains($0) ? (keepdims ? 1 : nil) : all[$0].count })
    return add(.reduce(Reduction(function: function, kept: kept, reduced: reduced)), [input], result)
  }

  /// Groups of values brought to a common size: all along `axes` together.
  public mutating func normalize(
    _ input: ValueID, _ function: Moments.Function, axes: [Int], epsilon: Double
  ) -> ValueID {
    let all = shape(of: input).axes
    let groups = all.indices.filter { !axes.contains($0) }.map { all[$0] }
    let members = all.indices.filter { axes.contains($0) }.map { all[$0] }
    let moments = Moments(function: function, groups: groups, members: members, epsilon: epsilon)
    return add(.normalize(moments), to: input)
  }

  /// Products of the matrices in the last two axes.
  public mutating func multiplyMatrices(
    _ first: ValueID, _ second: ValueID, transposesSecond: Bool = false
  ) -> ValueID {
    let (left, right) = (shape(of: first).dimensions, shape(of: second).dimensions)
    let (rows, inner) = (left[left.count - 2], left[left.count - 1])
    let columns = transposesSecond ? right[right.count - 2] : right[right.count - 1]
    let outer = Array(left.dropLast(2))
    let product = MatrixProduct(
      count: outer.reduce(1, *), rows: rows, inner: inner, columns: columns,
      transposesSecond: transposesSecond)
    return add(.matrixProduct(product), [first, second], Shape(outer + [rows, columns]))
  }

  // MARK: Weights

  /// A weight of the layer as a value.
  public mutating func weight(_ name: String, _ shape: Shape) -> ValueID {
    add(.weight(WeightName(owner, name)), [], shape)
  }

  /// Times one weight of the layer, plus another, which have the shape `weights`.
  public mutating func scaleAndShift(
    _ input: ValueID, scale: String?, shift: String?, _ weights: Shape
  ) throws(GraphError) -> ValueID {
    guard scale != nil || shift != nil else { return input }
    if weights.elementCount == shape(of: input).channels, weights.channels == shape(of: input).channels {
      return add(.affine([.weights(layer: owner, scale: scale, shift: shift)]), to: input)
    }
    var value = input
    if let scale { value = try combine(.multiply, value, weight(scale, weights)) }
    if let shift { value = try combine(.add, value, weight(shift, weights)) }
    return value
  }

  /// A product of what lies along the last axis with a kernel of the layer.
  public mutating func dense(
    _ input: ValueID, units: Int, kernel: String = "kernel", bias: String?
  ) -> ValueID {
    let shape = shape(of: input)
    if shape.rank == 1 {
      let product = DenseProduct(layer: owner, kernel: kernel, units: units, bias: bias)
      return add(.dense(product), [input], .vector(units))
    }
    // Along the last axis of more it is a convolution of single pixels, whose kernel lies the same.
    let convolution = Convolution(
      layer: owner, kernel: kernel, kernelSize: Size2D(1), filters: units, bias: bias)
    return add(.convolution(convolution), [input], Shape(shape.dimensions.dropLast() + [units]))
  }
}

extension Shape {
  /// The shape that some have together where what has one step along an axis is repeated.
  static func broadcast(_ shapes: [Shape]) throws(GraphError) -> Shape {
    let rank = shapes.map(\.rank).max() ?? 0
    var result = Array(repeating: 1, count: rank)
    for shape in shapes {
      let missing = rank - shape.rank
      for (axis, count) in shape.dimensions.enumerated() where count != 1 {
        guard result[missing + axis] == 1 || result[missing + axis] == count else {
          let listed = shapes.map(\.description).joined(separator: ", ")
          throw GraphError("the shapes \(listed) do not go together")
        }
        result[missing + axis] = count
      }
    }
    return Shape(result)
  }

  /// The axes of this tensor where it is repeated to `result`.
  fileprivate func repeated(to result: Shape) -> [Axis] {
    let own = axes
    let missing = result.rank - rank
    return result.dimensions.enumerated().map { axis, count in
      guard axis >= missing, own[axis - missing].count > 1 else { return Axis(count, stride: 0) }
      return own[axis - missing]
    }
  }
}

extension LoweredGraph {
  /// The operations of the layers of `graph`, up to those named in `outputs`. Nothing is fused yet.
  ///
  /// - Throws: `GraphError` for an unknown output and a preprocessing that does not suit the input.
  public init(
    _ graph: ResolvedGraph, outputs: [String], preprocessing: Preprocessing
  ) throws(GraphError) {
    // Of a picture without channels all values are treated alike.
    let channels = graph.inputShape.picture?.channels
    let takesPictures =
      channels.map { preprocessing.suits(channels: $0) && ($0 > 1 || preprocessing.isUniform) } ?? false
    guard preprocessing.isNone || takesPictures else {
      throw GraphError(
        "the preprocessing '\(preprocessing)' is for pictures of \(preprocessing.channelCount ?? 1) channels, "
          + "but the input is \(graph.inputShape)")
    }
    var lowering = Lowering(preprocessing: preprocessing)
    var values: [ValueID] = []
    for entry in graph.entries {
      lowering.node = entry.node.name
      lowering.owner = entry.owner
      do throws(GraphError) {
        values.append(try lowering.lower(entry, inputs: entry.inputs.map { values[$0] }))
      } catch {
        throw GraphError(node: entry.node.name, error.reason)
      }
    }
    self.init(operations: lowering.operations, outputs: [])
    for name in outputs {
      _ = try graph.entry(named: name)
      if let index = graph.index(of: name) { self.outputs.append(values[index]) }
    }
    removeUnused()
  }
}

extension Lowering {
  fileprivate mutating func lower(
    _ entry: ResolvedGraph.Entry, inputs: [ValueID]
  ) throws(GraphError) -> ValueID {
    let first = operations.count
    let value = try entry.node.layer.kind.lower(inputs, in: &self)
    precondition(
      shape(of: value) == entry.shape, "'\(entry.node.name)' gives \(shape(of: value)), not \(entry.shape)")
    // A layer that does nothing has a value of its own, so that it can be asked for.
    return value >= first ? value : add(.identity, to: value)
  }
}
