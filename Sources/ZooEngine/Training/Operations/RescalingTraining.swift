import ZooGraph

extension TrainingBuilder {
  /// `y = x · scale + shift`, so `dx = dy · scale`.
  mutating func emitScaling(
    _ input: ValueID, scale: Double, shift: Double
  ) throws(EngineError) -> ValueID {
    try emitElementwise(.linear(scale: Float(scale), shift: Float(shift)), input)
  }

  /// A factor and a summand for each channel. Weights among them get the sums over their channel.
  mutating func emitScaling(
    _ input: ValueID, scale: ChannelNumbers?, shift: ChannelNumbers?
  ) throws(EngineError) -> ValueID {
    let layout = try plain(input)
    let source = try location(of: input, as: layout)
    let extent = values[input].extent
    let factors = try place(of: scale, extent.channels, otherwise: 1)
    let summands = try place(of: shift, extent.channels, otherwise: 0)
    let place = newLocation(layout)
    let pixels = batch * extent.height * extent.width
    emit(
      ChannelScaleKernel(pixels: pixels, channels: extent.channels), [source, factors, summands, place])
    let output = newValue(
      extent, at: place, needsGradient: needsGradient(input) || isTrained(scale) || isTrained(shift))
    onBackward(of: output) { builder, gradient throws(EngineError) in
      let gradient = try builder.converted(gradient, to: layout)
      if case .weight(let parameter)? = scale {
        try builder.emitVectorGradient(parameter) { builder, target in
          builder.emit(
            ChannelSumKernel(pixels: pixels, channels: extent.channels, times: true),
            [gradient, source, target])
        }
      }
      if case .weight(let parameter)? = shift {
        try builder.emitVectorGradient(parameter) { builder, target in
          builder.emit(
            ChannelSumKernel(pixels: pixels, channels: extent.channels, times: false),
            [gradient, source, target])
        }
      }
      guard builder.needsGradient(input) else { return }
      let target = builder.newLocation(layout)
      let zeros = try builder.place(of: nil, extent.channels, otherwise: 0)
      builder.emit(
        ChannelScaleKernel(pixels: pixels, channels: extent.channels), [gradient, factors, zeros, target])
      builder.addGradient(target, to: input)
    }
    return output
  }

  /// Numbers for the channels.
  enum ChannelNumbers {
    case constants([Float])
    /// By its number.
    case weight(Int)
  }

  private func isTrained(_ numbers: ChannelNumbers?) -> Bool {
    if case .weight(let parameter)? = numbers { isTrained(parameter) } else { false }
  }

  private mutating func place(
    of numbers: ChannelNumbers?, _ channels: Int, otherwise: Float
  ) throws(EngineError) -> Location {
    if case .weight(let parameter)? = numbers { return try vector(parameter) }
    let buffer = try AlignedBuffer(byteCount: channels * 4)
    buffer.floats.update(repeating: otherwise)
    if case .constants(let values)? = numbers {
      for channel in 0..<channels { buffer.floats[channel] = values[values.count == 1 ? 0 : channel] }
    }
    return constant(buffer, try .vector(channels))
  }
}

private struct ChannelScaleKernel: HostKernel {
  let pixels: Int
  let channels: Int

  var name: String { "swift:scale channels" }

  func run(_ addresses: UnsafeBufferPointer<UnsafeMutableRawPointer>, _ share: Share) {
    let (scale, shift) = (addresses[1].floats(), addresses[2].floats())
    for pixel in share.range(of: pixels) {
      let source = addresses[0].floats(from: pixel * channels)
      let target = addresses[3].floats(from: pixel * channels)
      for channel in 0..<channels { target[channel] = source[channel] * scale[channel] + shift[channel] }
    }
  }
}

/// The sum over each channel of a gradient, times the values it belongs to where asked for.
private struct ChannelSumKernel: HostKernel {
  let pixels: Int
  let channels: Int
  let times: Bool

  var name: String { "swift:channel sum" }

  func run(_ addresses: UnsafeBufferPointer<UnsafeMutableRawPointer>, _ share: Share) {
    let target = addresses[2].floats()
    let range = share.range(of: channels)
    for channel in range { target[channel] = 0 }
    for pixel in 0..<pixels {
      let gradient = addresses[0].floats(from: pixel * channels)
      let source = addresses[1].floats(from: pixel * channels)
      if times {
        for channel in range { target[channel] += gradient[channel] * source[channel] }
      } else {
        for channel in range { target[channel] += gradient[channel] }
      }
    }
  }
}
