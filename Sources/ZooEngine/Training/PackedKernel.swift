import ConeDNN

/// A kernel in the layout that a primitive wants, made again whenever the kernel has changed.
final class PackedKernel {
  /// The kernel's number in the store.
  let parameter: Int
  let descriptor: MemoryDescriptor
  let buffer: AlignedBuffer
  private var version = -1
  /// `nil` where Keras' layout is what is wanted.
  private let reorder: Reorder?

  init(
    _ parameter: Int, _ values: AlignedBuffer, plain: MemoryDescriptor, as descriptor: MemoryDescriptor,
    on device: OneDNN
  ) throws(EngineError) {
    self.parameter = parameter
    self.descriptor = descriptor
    if plain == descriptor {
      buffer = values
      reorder = nil
    } else {
      buffer = try AlignedBuffer(byteCount: descriptor.byteCount)
      reorder = try Reorder(from: (plain, values), to: (descriptor, buffer), on: device)
    }
  }

  func refresh(version: Int, on stream: Stream) throws(EngineError) {
    guard version != self.version else { return }
    try reorder?.run(on: stream)
    self.version = version
  }
}

/// A change of layout from one buffer to another, as often as wanted.
private struct Reorder {
  private let primitive: Primitive
  private let memories: [Memory]
  private let arguments: [dnnl_exec_arg_t]
  /// Keeps what the memories point to.
  private let buffers: [AlignedBuffer]

  init(
    from source: (descriptor: MemoryDescriptor, buffer: AlignedBuffer),
    to target: (descriptor: MemoryDescriptor, buffer: AlignedBuffer), on device: OneDNN
  ) throws(EngineError) {
    let descriptor = try PrimitiveDescriptor.reorder(
      from: source.descriptor, to: target.descriptor, on: device)
    let scratchpad = try AlignedBuffer(byteCount: descriptor.scratchpad.byteCount)
    primitive = try descriptor.primitive()
    memories = [
      try Memory(source.descriptor, at: source.buffer.address, on: device),
      try Memory(target.descriptor, at: target.buffer.address, on: device),
      try Memory(descriptor.scratchpad, at: scratchpad.address, on: device),
    ]
    let kinds = [DNNL_ARG_FROM, DNNL_ARG_TO, DNNL_ARG_SCRATCHPAD]
    arguments = zip(kinds, memories).map { dnnl_exec_arg_t(arg: $0, memory: $1.handle) }
    buffers = [source.buffer, target.buffer, scratchpad]
  }

  func run(on stream: Stream) throws(EngineError) {
    try arguments.withUnsafeBufferPointer { arguments throws(EngineError) in
      try primitive.execute(arguments, on: stream)
    }
  }
}
