import ZooGraph

/// Products of matrices that are both results of layers.
struct MatrixProductOperation: PlainOperation {
  private let product: MatrixProduct

  init(_ product: MatrixProduct) { self.product = product }

  func emit<Builder: StepBuilder>(
    _ sources: [Location], to target: Location, in builder: inout Builder
  ) throws(EngineError) {
    try multiply(
      sources[0].buffer, first(builder.batch), sources[1].buffer, second(builder.batch), to: target.buffer,
      result(builder.batch), in: &builder)
  }

  /// With C = A · B: the gradient of A is that of C times Bᵀ, the one of B is Aᵀ times that of C.
  func emitGradient<Builder: StepBuilder>(
    of input: Int, _ gradient: Location, _ sources: [Location], _ result: Location, to target: Location,
    in builder: inout Builder
  ) throws(EngineError) {
    let (first, second, whole) = (first(builder.batch), second(builder.batch), self.result(builder.batch))
    if input == 0 {
      try multiply(
        gradient.buffer, whole, sources[1].buffer, second.transposed, to: target.buffer, first, in: &builder)
    } else {
      try multiply(
        sources[0].buffer, first.transposed, gradient.buffer, whole, to: target.buffer, second, in: &builder)
    }
  }

  /// Matrices of a batch, as they lie in memory.
  private struct Matrices {
    /// Which matrix it is.
    var outer: [Axis]
    var rows: Axis
    var columns: Axis

    var transposed: Matrices { Matrices(outer: outer, rows: columns, columns: rows) }

    func descriptor() throws(EngineError) -> MemoryDescriptor {
      let axes = outer + [rows, columns]
      return try MemoryDescriptor(axes.map(\.count), strides: axes.map(\.stride))
    }
  }

  private func matrices(
    _ batch: Int, _ operand: MatrixProduct.Operand, _ rows: Int, _ columns: Int, transposed: Bool = false
  ) -> Matrices {
    let (count, size) = (product.count, rows * columns)
    let isSideBySide = product.sideBySide.contains(operand)
    let (height, width) = transposed ? (columns, rows) : (rows, columns)
    let step = isSideBySide ? count * width : width
    let across = Axis(height, stride: step)
    let along = Axis(width, stride: 1)
    return Matrices(
      outer: product.sideBySide.isEmpty
        ? [Axis(batch * count, stride: size)]
        : [Axis(batch, stride: count * size), Axis(count, stride: isSideBySide ? width : size)],
      rows: transposed ? along : across, columns: transposed ? across : along)
  }

  private func first(_ batch: Int) -> Matrices { matrices(batch, .first, product.rows, product.inner) }

  private func second(_ batch: Int) -> Matrices {
    matrices(batch, .second, product.inner, product.columns, transposed: product.transposesSecond)
  }

  private func result(_ batch: Int) -> Matrices { matrices(batch, .result, product.rows, product.columns) }

  private func multiply<Builder: StepBuilder>(
    _ left: BufferID, _ first: Matrices, _ right: BufferID, _ second: Matrices, to target: BufferID,
    _ result: Matrices, in builder: inout Builder
  ) throws(EngineError) {
    // A transposed result is the product of the transposed operands, the other way round.
    if result.columns.stride != 1 {
      return try multiply(
        right, second.transposed, left, first.transposed, to: target, result.transposed, in: &builder)
    }
    let (source, weights, destination) = try (first.descriptor(), second.descriptor(), result.descriptor())
    let descriptor = try PrimitiveDescriptor.best(
      .matrixProduct(source, weights, destination: destination), Attributes(), on: builder.device,
      for: "multiply matrices")
    try builder.step(
      descriptor,
      [
        (.source, Location(buffer: left, descriptor: source)),
        (.weights, Location(buffer: right, descriptor: weights)),
        (.destination, Location(buffer: target, descriptor: destination)),
      ])
  }
}
