import ZooGraph
import ZooSystem

extension TrainingBuilder {
  /// Zeroes values at random and scales the others by `1 / (1 − rate)`; the gradient meets the same mask.
  /// Values of one place in `noise`, which is `shape` with 1 along some axes, share their fate.
  mutating func emitDropout(
    rate: Double, of shape: Shape, noise: Shape, _ input: ValueID
  ) throws(EngineError) -> ValueID {
    guard use == .training, rate > 0 else { return input }
    let layout = try plain(input)
    let source = try location(of: input, as: layout)
    let mask = newLocation(layout)
    let count = batch * noise.dimensions.reduce(1, *)
    let drawn = noise == shape ? mask : newLocation(try .vector(count))
    let kernel = DropoutKernel(rate: rate, layer: current, count: count)
    emit(kernel, [constant(ends.clock, try .vector(4)), drawn])
    if noise != shape { emit(Spreading(shape: shape, noise: noise, batch: batch), [drawn, mask]) }
    let output = newValue(
      values[input].extent, at: try emitProduct(source, mask), needsGradient: needsGradient(input),
      isOverwritable: true)
    onBackward(of: output) { builder, gradient throws(EngineError) in
      let gradient = try builder.converted(gradient, to: layout)
      builder.addGradient(try builder.emitProduct(gradient, mask), to: input)
    }
    return output
  }
}

/// Gives each value of a batch what was drawn for its place.
private struct Spreading: HostKernel {
  let batch: Int
  let count: Int
  /// Of each value of a picture, the place.
  let places: [Int]

  init(shape: Shape, noise: Shape, batch: Int) {
    self.batch = batch
    count = noise.dimensions.reduce(1, *)
    var places = [0]
    for (size, own) in zip(shape.dimensions, noise.dimensions) {
      places = places.flatMap { place in (0..<size).map { own == 1 ? place : place * own + $0 } }
    }
    self.places = places
  }

  var name: String { "swift:dropout" }

  func run(_ addresses: UnsafeBufferPointer<UnsafeMutableRawPointer>, _ share: Share) {
    let drawn = addresses[0].assumingMemoryBound(to: Float.self)
    let mask = addresses[1].assumingMemoryBound(to: Float.self)
    for picture in share.range(of: batch) {
      for (value, place) in places.enumerated() {
        mask[picture * places.count + value] = drawn[picture * count + place]
      }
    }
  }
}

/// Draws a mask. It depends on the run's seed, the step and the layer's name only.
private struct DropoutKernel: HostKernel {
  let rate: Double
  let layerHash: UInt64
  let count: Int

  init(rate: Double, layer: String, count: Int) {
    self.rate = rate
    self.count = count
    // FNV-1a.
    layerHash = layer.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }

  var name: String { "swift:dropout" }

  func run(_ addresses: UnsafeBufferPointer<UnsafeMutableRawPointer>, _ share: Share) {
    let clock = addresses[0].assumingMemoryBound(to: UInt64.self)
    let mask = addresses[1].assumingMemoryBound(to: Float.self)
    let random = SplitMix64(seed: clock[0]).mixed(clock[1]).mixed(layerHash)
    let kept = Float(1 / (1 - rate))
    let threshold = UInt64(rate * 0x1p32)
    // Of 64 random bits each half decides about one value.
    for pair in share.range(of: (count + 1) / 2) {
      let bits = random.number(pair)
      mask[2 * pair] = bits & 0xFFFF_FFFF < threshold ? 0 : kept
      if 2 * pair + 1 < count { mask[2 * pair + 1] = bits >> 32 < threshold ? 0 : kept }
    }
  }
}
