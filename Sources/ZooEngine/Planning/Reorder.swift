/// A change of layout from one buffer to another, as often as wanted.
struct Reorder {
  private let primitive: Primitive
  private var arguments = BoundArguments()
  /// Keeps what the arguments point to.
  private var buffers: [AlignedBuffer]

  init(
    from source: (descriptor: MemoryDescriptor, buffer: AlignedBuffer),
    to target: (descriptor: MemoryDescriptor, buffer: AlignedBuffer), on device: OneDNN
  ) throws(EngineError) {
    let descriptor = try PrimitiveDescriptor.reorder(
      from: source.descriptor, to: target.descriptor, on: device)
    primitive = try descriptor.primitive()
    buffers = [source.buffer, target.buffer]
    try arguments.append(.source, source.descriptor, at: source.buffer.address, on: device)
    try arguments.append(.destination, target.descriptor, at: target.buffer.address, on: device)
    if let layout = descriptor.scratchpad {
      let scratchpad = try AlignedBuffer(byteCount: layout.byteCount)
      buffers.append(scratchpad)
      try arguments.append(.scratchpad, layout, at: scratchpad.address, on: device)
    }
  }

  func run(on stream: Stream) throws(EngineError) {
    // Nobody names them again, so that the compiler would let them go before.
    defer { withExtendedLifetime(buffers) {} }
    try primitive.execute(arguments, on: stream)
  }
}
