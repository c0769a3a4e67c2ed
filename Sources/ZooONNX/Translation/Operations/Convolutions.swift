import ZooGraph

extension Translation {
  mutating func convolve(
    _ operation: LoweredOperation, _ convolution: Convolution
  ) throws(ONNXError) -> Value {
    let input = value(operation.inputs[0])
    if convolution.isPointwise, !liesChannelsFirst(input) {
      return try multiplyLastAxis(operation, input, convolution)
    }
    let order = AxisOrder.channelsFirst(3)
    let kernel = try kernel(of: convolution, input: input.shape)
    let inputs = [
      tensor(input, order), initializer(kernel, convolution.name.description),
      try bias(convolution.bias, of: convolution.name, convolution.affine, channels: convolution.filters),
    ]
    var attributes = convolution.window(isSame: windows.samePadded.contains(operation.id)).attributes
    if convolution.groups > 1 { attributes.append(("group", .int(convolution.groups))) }
    let result = emit("Conv", inputs, attributes)
    return Value(source: .tensor(result, order: order), shape: operation.shape, isBatched: input.isBatched)
  }

  /// Keras' kernel is height × width × input channels × filters (× multiplier), ONNX' begins with the filters.
  private func kernel(of convolution: Convolution, input: Shape) throws(ONNXError) -> TensorView {
    let size = convolution.kernelSize
    let inputs = convolution.depthwise ? input.channels : input.channels / convolution.groups
    let outputs = convolution.depthwise ? convolution.filters / input.channels : convolution.filters
    let shape = [convolution.filters, convolution.depthwise ? 1 : inputs, size.height, size.width]
    return TensorView(
      .weight(convolution.name), [size.height, size.width, inputs, outputs],
      permutation: convolution.depthwise ? [2, 3, 0, 1] : [3, 2, 0, 1], shape: shape,
      scale: try factors(convolution.affine, channels: convolution.filters), type)
  }

  /// The description is that of the convolution from the result to the input.
  mutating func convolveTransposed(
    _ operation: LoweredOperation, _ convolution: Convolution
  ) throws(ONNXError) -> Value {
    let input = value(operation.inputs[0])
    let (size, strides, margins) = (convolution.kernelSize, convolution.strides, convolution.margins)
    let (source, filters) = (input.shape, operation.shape.channels)
    let kernel = TensorView(
      .weight(convolution.name), [size.height, size.width, filters, source.channels],
      permutation: [3, 2, 0, 1],
      scale: try factors(convolution.affine, channels: filters, run: source.channels), type)
    let reach = convolution.reach
    let missing = [
      operation.shape.height - (source.height - 1) * strides.height - reach.height + margins.top
        + margins.bottom,
      operation.shape.width - (source.width - 1) * strides.width - reach.width + margins.left + margins.right,
    ]
    var attributes = convolution.window(isSame: false).attributes
    if missing != [0, 0] { attributes.append(("output_padding", .ints(missing))) }
    let order = AxisOrder.channelsFirst(3)
    let result = emit(
      "ConvTranspose",
      [
        tensor(input, order), initializer(kernel, convolution.name.description),
        try bias(nil, of: convolution.name, convolution.affine, channels: filters),
      ], attributes)
    return Value(source: .tensor(result, order: order), shape: operation.shape, isBatched: input.isBatched)
  }

  private func liesChannelsFirst(_ value: Value) -> Bool {
    value.shape.rank == 3
      && AxisOrder.moving(value.order, value.shape) == AxisOrder.moving([2, 0, 1], value.shape)
  }

  /// What each channel of a kernel is multiplied with; `run` numbers of a channel lie one behind the other.
  func factors(
    _ affine: [ChannelAffine], channels: Int, run: Int = 1
  ) throws(ONNXError) -> TensorView.Scale? {
    guard !affine.isEmpty else { return nil }
    let factors = try composed(affine, channels: channels).map(\.scale)
    return factors.allSatisfy { $0 == 1 } ? nil : TensorView.Scale(factors: factors, run: run)
  }

  /// The bias with `affine` applied; `nil` where it is nothing.
  mutating func bias(
    _ name: String?, of kernel: WeightName, _ affine: [ChannelAffine], channels: Int
  ) throws(ONNXError) -> TensorID? {
    guard !affine.isEmpty else {
      guard let name else { return nil }
      let view = TensorView(.weight(WeightName(kernel.layer, name)), [channels], type)
      return initializer(view, "\(kernel.layer)/\(name)")
    }
    let steps = try composed(affine, channels: channels)
    let own = try name.map { name throws(ONNXError) in try numbers(kernel.layer, name) }
    let values = steps.enumerated().map { $1.scale * (own?[$0] ?? 0) + $1.shift }
    return vector(values, "bias")
  }
}

extension Convolution {
  func window(isSame: Bool) -> WindowAttributes {
    WindowAttributes(
      window: kernelSize, strides: strides, dilation: dilation, margins: margins, isSame: isSame)
  }
}

/// What convolutions and poolings say about their windows; what ONNX assumes anyhow is left out.
struct WindowAttributes {
  var window: Size2D
  var strides: Size2D
  var dilation = Size2D(1)
  var margins: Margins
  /// Whether the margins are those of Keras' `same`, whatever the size of the map.
  var isSame = false

  var attributes: [(String, ONNXAttribute)] {
    var list: [(String, ONNXAttribute)] = [("kernel_shape", .ints([window.height, window.width]))]
    if strides != Size2D(1) { list.append(("strides", .ints([strides.height, strides.width]))) }
    if dilation != Size2D(1) { list.append(("dilations", .ints([dilation.height, dilation.width]))) }
    if isSame {
      list.append(("auto_pad", .string("SAME_UPPER")))
    } else if margins != .zero {
      list.append(("pads", .ints([margins.top, margins.left, margins.bottom, margins.right])))
    }
    return list
  }
}
