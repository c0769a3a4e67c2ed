import ZooGraph

extension TrainingBuilder {
  /// The gradient of a sum is that of each summand.
  mutating func emitAdd(_ inputs: [ValueID]) throws(EngineError) -> ValueID {
    let layout = try location(of: inputs[0]).descriptor
    var sources: [Location] = []
    for input in inputs { sources.append(try location(of: input, as: layout)) }
    let output = newValue(
      values[inputs[0]].extent, at: try emitSum(sources),
      needsGradient: inputs.contains(where: needsGradient),
      isOverwritable: true)
    onBackward(of: output) { builder, gradient throws(EngineError) in
      for input in inputs { builder.addGradient(gradient, to: input) }
    }
    return output
  }

  /// The gradient of a factor is the product of the other one and the result's.
  mutating func emitMultiply(_ inputs: [ValueID]) throws(EngineError) -> ValueID {
    let extents = inputs.map { values[$0].extent }
    guard extents[0] == extents[1] else {
      // The map first, its factors second.
      let ordered = extents[1].size == Size2D(1) ? inputs : inputs.reversed()
      return try emitScaling(map: ordered[0], factors: ordered[1])
    }
    let first = try location(of: inputs[0])
    let second = try location(of: inputs[1], as: first.descriptor)
    let output = newValue(
      extents[0], at: try emitProduct(first, second), needsGradient: inputs.contains(where: needsGradient),
      isOverwritable: true)
    onBackward(of: output) { builder, gradient throws(EngineError) in
      let gradient = try builder.converted(gradient, to: first.descriptor)
      for (input, other) in [(inputs[0], second), (inputs[1], first)] where builder.needsGradient(input) {
        builder.addGradient(try builder.emitProduct(gradient, other), to: input)
      }
    }
    return output
  }

  /// Each channel of a map times its own factor: a factor's gradient is the sum over its channel.
  private mutating func emitScaling(map: ValueID, factors: ValueID) throws(EngineError) -> ValueID {
    var source = try location(of: map)
    if BlockedLayout(source.descriptor) == nil { source = try location(of: map, as: plain(map)) }
    guard let layout = BlockedLayout(source.descriptor) else {
      throw EngineError("cannot scale a map of this layout")
    }
    let factor = try location(of: factors, as: layout.descriptor(for: values[factors].extent))
    guard let factorLayout = BlockedLayout(factor.descriptor) else {
      throw EngineError("cannot scale by a map of this layout")
    }
    let output = newValue(
      values[map].extent, at: try emitProduct(source, factor),
      needsGradient: needsGradient(map) || needsGradient(factors), isOverwritable: true)
    onBackward(of: output) { builder, gradient throws(EngineError) in
      let gradient = try builder.converted(gradient, to: source.descriptor)
      if builder.needsGradient(map) {
        builder.addGradient(try builder.emitProduct(gradient, factor), to: map)
      }
      if builder.needsGradient(factors) {
        let target = builder.newLocation(factor.descriptor)
        builder.emit(ChannelProductKernel(layout, factorLayout), [gradient, source, target])
        builder.addGradient(target, to: factors)
      }
    }
    return output
  }

  /// The gradient of each input is its part of the result's.
  mutating func emitConcatenation(_ inputs: [ValueID], _ result: Extent) throws(EngineError) -> ValueID {
    var sources: [Location] = []
    for input in inputs { sources.append(try location(of: input, as: plain(input))) }
    let forward = try PrimitiveDescriptor.concatenation(
      of: sources.map(\.descriptor), axis: 1, on: device)
    // With one channel each, oneDNN 3 may put the channels first.
    let place = newLocation(forward.destination)
    let arguments = sources.enumerated().map { (Argument.source($0), $1) }
    try emit(forward, arguments + [(.destination, place)])

    let output = newValue(
      result, at: place, needsGradient: inputs.contains(where: needsGradient), isOverwritable: true)
    onBackward(of: output) { builder, gradient throws(EngineError) in
      let whole = try builder.converted(gradient, to: place.descriptor)
      var channel = 0
      for (input, source) in zip(inputs, sources) {
        let extent = builder.values[input].extent
        defer { channel += extent.channels }
        guard builder.needsGradient(input) else { continue }
        let part = try whole.descriptor.part(
          [builder.batch, extent.channels, extent.height, extent.width], from: [0, channel, 0, 0])
        let target = builder.newLocation(source.descriptor)
        try builder.emitReorder(from: Location(buffer: whole.buffer, descriptor: part), to: target)
        builder.addGradient(target, to: input)
      }
    }
    return output
  }
}

/// The sum over each channel of the product of two maps: what a channel's factor gets as its gradient.
private struct ChannelProductKernel: HostKernel {
  let layout: BlockedLayout
  let sums: BlockedLayout

  /// Maps, and sums in blocks of the same size.
  init(_ layout: BlockedLayout, _ sums: BlockedLayout) {
    self.layout = layout
    self.sums = sums
  }

  var name: String { "swift:channel product" }

  func run(_ addresses: UnsafeBufferPointer<UnsafeMutableRawPointer>, _ share: Share) {
    let first = addresses[0].assumingMemoryBound(to: Float.self)
    let second = addresses[1].assumingMemoryBound(to: Float.self)
    let target = addresses[2].assumingMemoryBound(to: Float.self)
    for plane in share.range(of: layout.batch * layout.blockCount) {
      let (image, block) = (plane / layout.blockCount, plane % layout.blockCount)
      let sum = target + image * sums.batchStride + block * sums.blockStride
      let start = image * layout.batchStride + block * layout.blockStride
      for channel in 0..<layout.block { sum[channel] = 0 }
      for row in 0..<layout.extent.height {
        for column in 0..<layout.extent.width {
          let pixel = start + row * layout.rowStride + column * layout.columnStride
          for channel in 0..<layout.block {
            sum[channel] += first[pixel + channel] * second[pixel + channel]
          }
        }
      }
    }
  }
}
