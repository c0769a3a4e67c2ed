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
    var count: Int
    var rows: Axis
    var columns: Axis

    var transposed: Matrices { Matrices(count: count, rows: columns, columns: rows) }

    func descriptor() throws(EngineError) -> MemoryDescriptor {
      try MemoryDescriptor(
        [count, rows.count, columns.count],
        strides: [rows.count * columns.count, rows.stride, columns.stride])
    }
  }

  private func matrices(_ batch: Int, _ rows: Int, _ columns: Int, transposed: Bool) -> Matrices {
    Matrices(
      count: batch * product.count, rows: Axis(rows, stride: transposed ? 1 : columns),
      columns: Axis(columns, stride: transposed ? rows : 1))
  }

  private func first(_ batch: Int) -> Matrices {
    matrices(batch, product.rows, product.inner, transposed: false)
  }

  private func second(_ batch: Int) -> Matrices {
    matrices(batch, product.inner, product.columns, transposed: product.transposesSecond)
  }

  private func result(_ batch: Int) -> Matrices {
    matrices(batch, product.rows, product.columns, transposed: false)
  }

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
