import ZooGraph

/// The weights in the layouts that primitives want. Each is made once, from the values with everything folded
/// in that belongs there, and shared by all plans of a network.
final class WeightStore {
  private struct Packed {
    var descriptor: MemoryDescriptor
    var buffer: AlignedBuffer
  }

  private let source: any WeightSource
  private let device: OneDNN
  private let stream: Stream
  private let threads: Int
  private var packed: [String: [Packed]] = [:]
  /// Small tensors share larger buffers, as those can lie in huge pages.
  private var slab: (buffer: AlignedBuffer, used: Int)?

  /// Packs with `threads` threads, whatever the plans are for.
  init(_ source: any WeightSource, threads: Int, on device: OneDNN) throws(EngineError) {
    self.source = source
    self.threads = threads
    self.device = device
    stream = try Stream(device)
  }

  /// The kernel called `name` times the scale of `affine`, in the layout `target`; `plain` is Keras' layout with
  /// the output channels last.
  func kernel(
    of name: WeightName, count: Int, affine: [ChannelAffine], channels: Int, plain: MemoryDescriptor,
    as target: MemoryDescriptor
  ) throws(EngineError) -> AlignedBuffer {
    if let known = find("kernel \(name)", target) { return known }
    let values = try scaledKernel(of: name, count: count, affine: affine, channels: channels)
    if target.type == .bfloat16 {
      Bfloat16Rounding(filters: channels).round(values.floats, threads: threads)
    }
    return keep("kernel \(name)", target, try reordered(values, from: plain, to: target))
  }

  /// The kernel times the scale of `affine`, as Keras stores it.
  private func scaledKernel(
    of name: WeightName, count: Int, affine: [ChannelAffine], channels: Int
  ) throws(EngineError) -> AlignedBuffer {
    let scale = affine.isEmpty ? [] : try composed(affine, channels: channels).map(\.scale)
    let values = try AlignedBuffer(byteCount: count * 4)
    try read(name.layer, name.weight, count: count) { kernel in
      multiply(kernel, by: scale, into: values.floats)
    }
    return values
  }

  /// How the kernel called `name` lies that another plan uses.
  func layout(of name: WeightName) -> MemoryDescriptor? {
    packed["kernel \(name)"]?.first?.descriptor
  }

  /// The same as our own Winograd's algorithm is given it.
  func kernel(of convolution: Convolution, for winograd: Winograd) throws(EngineError) -> AlignedBuffer {
    let (key, target) = ("kernel \(convolution.name)", try winograd.kernels)
    if let known = find(key, target) { return known }
    let filters = winograd.filters[0]
    let given = try filters.source
    let plain = try MemoryDescriptor([9, winograd.input.extent.channels, convolution.filters], .rowMajor)
    let values = try filledUp(
      try scaledKernel(
        of: convolution.name, count: plain.byteCount / 4, affine: convolution.affine,
        channels: convolution.filters), from: plain, to: given)
    if winograd.transformsFilters { return keep(key, target, values) }
    let transformed = try filters.transformed
    let buffer = try allocate(transformed.byteCount)
    withUnsafeTemporaryAllocation(of: UnsafeMutableRawPointer.self, capacity: 2) { addresses in
      addresses[0] = values.address
      addresses[1] = buffer.address
      OpenMP.parallel(threads: threads) { filters.run(UnsafeBufferPointer(addresses), $0) }
    }
    return keep(key, target, try reordered(buffer, from: transformed, to: target))
  }

  /// The bias called `name` beside the kernel `kernel` with `affine` applied; without a name zeros count as one. Float32.
  ///
  /// - Parameter padded: how many values there are with zeros behind; `nil`: as many as channels.
  func bias(
    _ name: String?, of kernel: WeightName, affine: [ChannelAffine], channels: Int, padded: Int? = nil
  ) throws(EngineError) -> AlignedBuffer {
    let count = padded ?? channels
    let descriptor = try MemoryDescriptor.vector(count)
    if let known = find("bias of \(kernel)", descriptor) { return known }
    let steps = try composed(affine, channels: channels)
    let buffer = try allocate(count * 4)
    let target = buffer.floats
    target.update(repeating: 0)
    for (channel, step) in steps.enumerated() { target[channel] = Float(step.shift) }
    if let name {
      try read(kernel.layer, name, count: channels) { bias in
        for (channel, step) in steps.enumerated() {
          target[channel] = Float(Double(bias[channel]) * step.scale + step.shift)
        }
      }
    }
    return keep("bias of \(kernel)", descriptor, buffer)
  }

  /// Scale and shift per channel of an affine that stands by itself.
  func affine(
    _ affine: [ChannelAffine], channels: Int
  ) throws(EngineError) -> (scale: [Double], shift: [Double]) {
    let steps = try composed(affine, channels: channels)
    return (steps.map(\.scale), steps.map(\.shift))
  }

  /// Memory that stays.
  private func allocate(_ byteCount: Int) throws(EngineError) -> AlignedBuffer {
    let size = 4 << 20
    guard byteCount <= size / 4 else { return try AlignedBuffer(byteCount: byteCount) }
    var current: (buffer: AlignedBuffer, used: Int)
    if let slab, slab.used + byteCount <= size {
      current = slab
    } else {
      current = (try AlignedBuffer(byteCount: size), 0)
    }
    guard let part = AlignedBuffer(current.buffer, offset: current.used, byteCount: byteCount) else {
      return try AlignedBuffer(byteCount: byteCount)
    }
    current.used += (byteCount + ArenaPlan.alignment - 1) / ArenaPlan.alignment * ArenaPlan.alignment
    slab = current
    return part
  }

  private func find(_ key: String, _ descriptor: MemoryDescriptor) -> AlignedBuffer? {
    packed[key]?.first { $0.descriptor == descriptor }?.buffer
  }

  private func keep(_ key: String, _ descriptor: MemoryDescriptor, _ buffer: AlignedBuffer) -> AlignedBuffer {
    packed[key, default: []].append(Packed(descriptor: descriptor, buffer: buffer))
    return buffer
  }

  /// `values` with zeros behind, in each dimension in which `target` has more.
  private func filledUp(
    _ values: AlignedBuffer, from plain: MemoryDescriptor, to target: MemoryDescriptor
  ) throws(EngineError) -> AlignedBuffer {
    if plain == target { return values }
    let buffer = try AlignedBuffer(byteCount: target.byteCount)
    buffer.floats.update(repeating: 0)
    let part = try target.part(plain.dimensions, from: plain.dimensions.map { _ in 0 })
    try reorder(values, plain, into: buffer, part)
    return buffer
  }

  private func reordered(
    _ values: AlignedBuffer, from plain: MemoryDescriptor, to target: MemoryDescriptor
  ) throws(EngineError) -> AlignedBuffer {
    if plain == target { return values }
    let buffer = try allocate(target.byteCount)
    try OpenMP.with(threads: threads) { () throws(EngineError) in
      try reorder(values, plain, into: buffer, target)
    }
    return buffer
  }

  private func reorder(
    _ values: AlignedBuffer, _ plain: MemoryDescriptor, into buffer: AlignedBuffer, _ target: MemoryDescriptor
  ) throws(EngineError) {
    try Reorder(from: (plain, values), to: (target, buffer), on: device).run(on: stream)
  }

  // MARK: Reading

  /// The affine steps as one per channel, in double precision.
  private func composed(_ affine: [ChannelAffine], channels: Int) throws(EngineError) -> [ChannelStep] {
    try affine.composed(channels: channels) { layer, weight throws(EngineError) in
      try doubles(layer, weight, count: channels)
    }
  }

  private func doubles(_ layer: String, _ weight: String, count: Int) throws(EngineError) -> [Double] {
    var values: [Double] = []
    try read(layer, weight, count: count) { values = $0.map(Double.init) }
    return values
  }

  /// A weight as it is, `copies` times one behind the other.
  func repeated(_ name: WeightName, count: Int, copies: Int) throws(EngineError) -> AlignedBuffer {
    let buffer = try AlignedBuffer(byteCount: count * copies * 4)
    try read(name.layer, name.weight, count: count) { values in
      for copy in 0..<copies {
        _ = UnsafeMutableBufferPointer(rebasing: buffer.floats[copy * count..<(copy + 1) * count]).update(
          from: values)
      }
    }
    return buffer
  }

  private func read(
    _ layer: String, _ weight: String, count: Int, _ body: (UnsafeBufferPointer<Float>) -> Void
  ) throws(EngineError) {
    var found = 0
    do {
      try source.withWeight(layer: layer, weight: weight) { values in
        found = values.count
        if found == count { body(values) }
      }
    } catch {
      throw EngineError(weight, of: layer, unreadable: error)
    }
    guard found == count else {
      throw EngineError(layer: layer, "the weight '\(weight)' should have \(count) values, found \(found)")
    }
  }
}

/// Copies `kernel`, whose last dimensions are the output channels, with each channel times its scale.
private func multiply(
  _ kernel: UnsafeBufferPointer<Float>, by scale: [Double], into target: UnsafeMutableBufferPointer<Float>
) {
  guard !scale.isEmpty else {
    _ = target.update(from: kernel)
    return
  }
  scale.withUnsafeBufferPointer { scale in
    guard let factor = scale.baseAddress, let from = kernel.baseAddress, let to = target.baseAddress else {
      return
    }
    let channels = scale.count
    for start in stride(from: 0, to: kernel.count, by: channels) {
      let (from, to) = (from + start, to + start)
      for channel in 0..<channels { to[channel] = Float(Double(from[channel]) * factor[channel]) }
    }
  }
}
