import ZooGraph

extension Translation {
  /// Each pixel as often as `factors` say.
  mutating func enlarge(_ input: Value, _ factors: Size2D, _ shape: Shape) -> Value {
    let order = AxisOrder.channelsFirst(3)
    let numbers = [1, 1, Float(factors.height), Float(factors.width)]
    let scales = initializer(TensorView(.floats(numbers), [4], .float32), "\(layer)/scales")
    let result = emit(
      "Resize", [tensor(input, order), nil, scales],
      [
        ("coordinate_transformation_mode", .string("asymmetric")), ("mode", .string("nearest")),
        ("nearest_mode", .string("floor")),
      ])
    return Value(source: .tensor(result, order: order), shape: shape, isBatched: input.isBatched)
  }

  /// A map of another size: by ONNX' own operation where that computes the same, else row by row and column by column.
  mutating func resize(_ operation: LoweredOperation, _ rows: Resampling, _ columns: Resampling) -> Value {
    let (input, shape) = (value(operation.inputs[0]), operation.shape)
    let order = AxisOrder.channelsFirst(3)
    var result = tensor(input, order)
    if rows == Resampling(from: input.shape.height, to: shape.height, .bilinear),
      columns == Resampling(from: input.shape.width, to: shape.width, .bilinear)
    {
      let numbers = [
        1, 1, Self.factor(input.shape.height, shape.height), Self.factor(input.shape.width, shape.width),
      ]
      let scales = initializer(TensorView(.floats(numbers), [4], .float32), "\(layer)/scales")
      result = emit("Resize", [result, nil, scales], [("mode", .string("linear"))])
    } else {
      result = resample(result, rows, length: input.shape.height, axis: 2)
      result = resample(result, columns, length: input.shape.width, axis: 3)
    }
    return Value(source: .tensor(result, order: order), shape: shape, isBatched: input.isBatched)
  }

  /// What makes `length` to `result`, rounded down. By factors rather than sizes: those of all axes would need
  /// the batch, and
  /// ONNX Runtime 1.32 confuses those of some axes where it moves a Transpose past a Resize.
  private static func factor(_ length: Int, _ result: Int) -> Float {
    let factor = Float(result) / Float(length)
    return Double(factor) * Double(length) < Double(result) ? factor.nextUp : factor
  }

  /// Along one axis: pixels by their numbers, or a product with the weights of all neighbours.
  private mutating func resample(
    _ x: TensorID, _ resampling: Resampling, length: Int, axis: Int
  ) -> TensorID {
    let pixels = resampling.pixels
    if pixels.allSatisfy({ $0.weights == [1] }) {
      let numbers = pixels.map(\.first)
      if numbers == Array(0..<length) { return x }
      return emit("Gather", [x, integers(numbers, "pixels")], [("axis", .int(axis))])
    }
    // Rows: result × source. Columns: source × result.
    var matrix = [Float](repeating: 0, count: pixels.count * length)
    for (target, pixel) in pixels.enumerated() {
      for (offset, weight) in pixel.weights.enumerated() {
        let source = pixel.first + offset
        matrix[axis == 2 ? target * length + source : source * pixels.count + target] = weight
      }
    }
    let shape = axis == 2 ? [pixels.count, length] : [length, pixels.count]
    let weights = initializer(TensorView(.floats(matrix), shape, type), "\(layer)/weights")
    return emit("MatMul", axis == 2 ? [weights, x] : [x, weights])
  }
}
