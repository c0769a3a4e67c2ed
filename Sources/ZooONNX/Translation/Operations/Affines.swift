import ZooGraph

extension Translation {
  /// A factor and a summand for each channel.
  mutating func scale(_ value: Value, _ steps: [ChannelAffine]) throws(ONNXError) -> Value {
    if case .batchNormalization(let layer, let normalization)? = steps.first, steps.count == 1,
      options.keepsBatchNormalization || (!options.half && value.order.first == value.shape.rank - 1)
    {
      return try normalizeBatch(value, layer, normalization)
    }
    let parts = try composed(steps, channels: value.shape.rank == 0 ? 1 : value.shape.channels)
    let (scale, shift) = (parts.map(\.scale), parts.map(\.shift))
    if let factor = scale.first, let summand = shift.first, scale.allSatisfy({ $0 == factor }),
      shift.allSatisfy({ $0 == summand })
    {
      return try map(value) { translation, x throws(ONNXError) in
        try translation.scale(x, by: factor, plus: summand)
      }
    }
    let order = value.order
    // As many axes as lie behind the channels.
    let following = order.reversed().prefix { $0 != value.shape.rank - 1 }.count
    var result = tensor(value, order)
    if scale.contains(where: { $0 != 1 }) {
      result = emit("Mul", [result, vector(scale, "scale", following: following)])
    }
    if shift.contains(where: { $0 != 0 }) {
      result = emit("Add", [result, vector(shift, "shift", following: following)])
    }
    return Value(source: .tensor(result, order: order), shape: value.shape, isBatched: value.isBatched)
  }

  /// `x · factor + summand`.
  mutating func scale(_ x: TensorID, by factor: Double, plus summand: Double) throws(ONNXError) -> TensorID {
    var result = x
    if factor != 1 { result = emit("Mul", [result, try scalar(factor)]) }
    if summand != 0 { result = emit("Add", [result, try scalar(summand)]) }
    return result
  }

  private mutating func normalizeBatch(
    _ value: Value, _ layer: String, _ normalization: BatchNormalization
  ) throws(ONNXError) -> Value {
    let (rank, channels) = (value.shape.rank, value.shape.channels)
    let order = value.order.first == rank - 1 ? value.order : [rank - 1] + Array(0..<rank - 1)
    // A variance is often too small for half precision; before opset 14 it must have the type of all else.
    if options.half, opset < 14 {
      throw .opsetTooLow(
        layer: layer, what: "BatchNormalization of float16 with statistics of float32", found: opset,
        least: 14)
    }
    func weight(_ name: String, _ type: ONNXType) -> TensorView {
      TensorView(.weight(WeightName(layer, name)), [channels], type)
    }
    let (x, ones) = (tensor(value, order), Array(repeating: 1.0, count: channels))
    let gamma =
      normalization.scale ? initializer(weight("gamma", type), "\(layer)/gamma") : vector(ones, "gamma")
    let beta =
      normalization.center
      ? initializer(weight("beta", type), "\(layer)/beta") : vector(ones.map { _ in 0 }, "beta")
    let mean = initializer(weight("moving_mean", .float32), "\(layer)/moving_mean")
    let variance = initializer(weight("moving_variance", .float32), "\(layer)/moving_variance")
    let result = emit(
      "BatchNormalization", [x, gamma, beta, mean, variance],
      [("epsilon", .float(Float(normalization.epsilon)))])
    return Value(source: .tensor(result, order: order), shape: value.shape, isBatched: value.isBatched)
  }
}
