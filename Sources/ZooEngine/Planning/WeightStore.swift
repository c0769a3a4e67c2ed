import ZooGraph

/// The kernel and the bias of a product with what is folded into them.
struct FoldedWeights {
  /// The kernel's.
  var name: WeightName
  /// The bias's weight in the same layer; zeros without one.
  var bias: String?
  /// Numbers of the kernel for each channel of the result.
  var inputs: Int
  /// Channels of the result.
  var outputs: Int
  /// Done to the channels of the input first; then each has one number for each channel of the result.
  var inputAffine: [ChannelAffine]
  /// Done to the channels of the result.
  var affine: [ChannelAffine]
}

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

  /// The kernel times the scales that are folded into it, in the layout `target`; `plain` is Keras' layout with the output
  /// channels last.
  func kernel(
    of product: FoldedWeights, plain: MemoryDescriptor, as target: MemoryDescriptor
  ) throws(EngineError) -> AlignedBuffer {
    let key = "kernel \(product.name)"
    if let known = find(key, target) { return known }
    let values = try scaledKernel(of: product)
    if target.type == .bfloat16 {
      Bfloat16Rounding(filters: product.outputs).round(values.floats, threads: threads)
    }
    return keep(key, target, try reordered(values, from: plain, to: target))
  }

  /// The kernel times the scales that are folded into it, as Keras stores it.
  private func scaledKernel(of product: FoldedWeights) throws(EngineError) -> AlignedBuffer {
    func scale(_ affine: [ChannelAffine], _ channels: Int) throws(EngineError) -> [Double] {
      affine.isEmpty ? [] : try composed(affine, channels: channels).map(\.scale)
    }
    let (rows, columns) = (
      try scale(product.inputAffine, product.inputs), try scale(product.affine, product.outputs)
    )
    let count = product.inputs * product.outputs
    let values = try AlignedBuffer(byteCount: count * 4)
    try read(product.name.layer, product.name.weight, count: count) { kernel in
      multiply(kernel, of: product.outputs, by: columns, rowsBy: rows, into: values.floats)
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
      try scaledKernel(of: convolution.folding(input: winograd.input.extent)), from: plain, to: given)
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

  /// The bias with everything folded into it. Float32.
  ///
  /// - Parameter padded: how many values there are with zeros behind; `nil`: as many as channels.
  func bias(of product: FoldedWeights, padded: Int? = nil) throws(EngineError) -> AlignedBuffer {
    let count = padded ?? product.outputs
    let descriptor = try MemoryDescriptor.vector(count)
    let key = "bias of \(product.name)"
    if let known = find(key, descriptor) { return known }
    var sums = try shiftsOfInputs(product)
    if let name = product.bias {
      try read(product.name.layer, name, count: product.outputs) { bias in
        for channel in sums.indices { sums[channel] += Double(bias[channel]) }
      }
    }
    let buffer = try allocate(count * 4)
    let target = buffer.floats
    target.update(repeating: 0)
    for (channel, step) in try composed(product.affine, channels: product.outputs).enumerated() {
      target[channel] = Float(sums[channel] * step.scale + step.shift)
    }
    return keep(key, descriptor, buffer)
  }

  /// What the shifts of the input's channels add to each channel of the result.
  private func shiftsOfInputs(_ product: FoldedWeights) throws(EngineError) -> [Double] {
    var sums = Array<Double>(repeating: 0, count: product.outputs)
    guard !product.inputAffine.isEmpty else { return sums }
    let shifts = try composed(product.inputAffine, channels: product.inputs).map(\.shift)
    let (name, columns) = (product.name, product.outputs)
    try read(name.layer, name.weight, count: shifts.count * columns) { kernel in
      for (row, shift) in shifts.enumerated() {
        for column in 0..<columns { sums[column] += shift * Double(kernel[row * columns + column]) }
      }
    }
    return sums
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

/// Copies `kernel`, whose last dimension are the `columns` output channels, with each channel times its scale, and each of
/// the rows before times its own. Without numbers nothing is scaled.
private func multiply(
  _ kernel: UnsafeBufferPointer<Float>, of columns: Int, by scale: [Double], rowsBy rowScale: [Double],
  into target: UnsafeMutableBufferPointer<Float>
) {
  guard !scale.isEmpty || !rowScale.isEmpty else {
    _ = target.update(from: kernel)
    return
  }
  let scale = scale.isEmpty ? Array(repeating: 1, count: columns) : scale
  scale.withUnsafeBufferPointer { scale in
    guard let factor = scale.baseAddress, let from = kernel.baseAddress, let to = target.baseAddress else {
      return
    }
    for (row, start) in stride(from: 0, to: kernel.count, by: columns).enumerated() {
      let (from, to, whole) = (from + start, to + start, rowScale.isEmpty ? 1 : rowScale[row])
      for column in 0..<columns { to[column] = Float(Double(from[column]) * factor[column] * whole) }
    }
  }
}
