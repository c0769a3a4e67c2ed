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
