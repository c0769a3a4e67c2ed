import ZooGraph

extension Translation {
  /// A product of a vector. Where that is a flattened map the kernel's rows are put in the order in which the map lies.
  mutating func multiply(
    _ operation: LoweredOperation, _ product: DenseProduct
  ) throws(ONNXError) -> Value {
    let input = value(operation.inputs[0])
    let scale = try factors(product.affine, channels: product.units)
    let (x, kernel): (TensorID, TensorView)
    if case .flattened(let map) = input.source {
      let dimensions = map.shape.dimensions + [product.units]
      x = flatten(tensor(map, map.order))
      kernel = TensorView(
        .weight(product.name), dimensions, permutation: map.order + [map.shape.rank],
        shape: [input.shape.channels, product.units], scale: scale, type)
    } else {
      x = natural(input)
      let shape = [input.shape.channels, product.units]
      kernel = TensorView(.weight(product.name), shape, permutation: [0, 1], scale: scale, type)
    }
    let weights = initializer(kernel, product.name.description)
    let bias = try bias(product.bias, of: product.name, product.affine, channels: product.units)
    let result =
      bias == nil ? emit("MatMul", [x, weights]) : emit("Gemm", [x, weights, bias])
    return Value(source: .tensor(result, order: [0]), shape: operation.shape, isBatched: input.isBatched)
  }

  /// A product along the last axis.
  mutating func multiplyLastAxis(
    _ operation: LoweredOperation, _ input: Value, _ convolution: Convolution
  ) throws(ONNXError) -> Value {
    let rank = input.shape.rank
    let order = input.order.last == rank - 1 ? input.order : AxisOrder.natural(rank)
    let kernel = TensorView(
      .weight(convolution.name), [input.shape.channels, convolution.filters], permutation: [0, 1],
      scale: try factors(convolution.affine, channels: convolution.filters), type)
    var result = emit(
      "MatMul", [tensor(input, order), initializer(kernel, convolution.name.description)])
    let bias = try bias(
      convolution.bias, of: convolution.name, convolution.affine, channels: convolution.filters)
    if let bias { result = emit("Add", [result, bias]) }
    return Value(source: .tensor(result, order: order), shape: operation.shape, isBatched: input.isBatched)
  }

  /// Products of the matrices in the last two axes; a transposed second one is taken in another order.
  mutating func multiplyMatrices(_ operation: LoweredOperation, _ product: MatrixProduct) -> Value {
    let operands = inputs(operation)
    var order = AxisOrder.natural(operands[1].shape.rank)
    if product.transposesSecond { order.swapAt(order.count - 1, order.count - 2) }
    let tensors = [natural(operands[0]), tensor(operands[1], order)]
    return Value(
      source: .tensor(emit("MatMul", tensors), order: AxisOrder.natural(operation.shape.rank)),
      shape: operation.shape, isBatched: operands.contains(where: \.isBatched))
  }
}
