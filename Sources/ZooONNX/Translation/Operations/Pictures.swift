import ZooGraph

extension Translation {
  /// The graph's input, prepared where that is asked for.
  mutating func pictures(
    _ operation: LoweredOperation, _ preprocessing: Preprocessing
  ) throws(ONNXError) -> Value {
    let shape = operation.shape
    let pixels = Value(source: .tensor(input, order: options.layout.order(shape.rank)), shape: shape)
    guard !preprocessing.isNone else { return pixels }
    guard !preprocessing.isUniform else {
      let affine = ChannelAffine.constants(
        scale: [preprocessing.scale.first ?? 1], shift: [preprocessing.shift.first ?? 0])
      return try scale(pixels, [affine])
    }
    return try mixed(pixels, preprocessing)
  }

  /// Channels exchanged, scaled and shifted by a convolution of single pixels, as
  /// ``Preprocessing/layer(channels:)`` has it.
  private mutating func mixed(
    _ pixels: Value, _ preprocessing: Preprocessing
  ) throws(ONNXError) -> Value {
    let channels = pixels.shape.channels
    let parts = preprocessing.perChannel(channels)
    var kernel = [Float](repeating: 0, count: channels * channels)
    for (channel, part) in parts.enumerated() {
      try checkHalf(part.scale, "the preprocessing")
      try checkHalf(part.shift, "the preprocessing")
      kernel[channel * channels + part.source] = Float(part.scale)
    }
    let order = AxisOrder.channelsFirst(3)
    let weights = initializer(
      TensorView(.floats(kernel), [channels, channels, 1, 1], type), "preprocessing/kernel")
    let bias = vector(parts.map(\.shift), "preprocessing")
    let result = emit("Conv", [tensor(pixels, order), weights, bias], [("kernel_shape", .ints([1, 1]))])
    return Value(source: .tensor(result, order: order), shape: pixels.shape)
  }
}
