import COneDNN

/// Machine code that is ready to run. Immutable: threads may run one at the same time, as all of its memory,
/// the scratchpad included, is given with each call.
final class Primitive: @unchecked Sendable {
  private let handle: dnnl_primitive_t
  let implementation: String

  init(owning handle: dnnl_primitive_t, implementation: String) {
    self.handle = handle
    self.implementation = implementation
  }

  deinit { dnnl_primitive_destroy(handle) }

  func execute(_ arguments: BoundArguments, on stream: Stream) throws(EngineError) {
    let status = withExtendedLifetime((self, arguments, stream)) {
      arguments.raw.withUnsafeBufferPointer {
        dnnl_primitive_execute(handle, stream.handle, Int32($0.count), $0.baseAddress)
      }
    }
    try check(status, "run \(implementation)")
  }
}

/// A primitive's tensors at their addresses. The values belong to someone else.
struct BoundArguments {
  private var memories: [Memory] = []
  fileprivate var raw: [dnnl_exec_arg_t] = []

  mutating func append(
    _ argument: Argument, _ descriptor: MemoryDescriptor, at address: UnsafeMutableRawPointer?,
    on device: OneDNN
  ) throws(EngineError) {
    let memory = try Memory(descriptor, at: address, on: device)
    memories.append(memory)
    raw.append(dnnl_exec_arg_t(arg: argument.raw, memory: memory.handle))
  }

  /// Argument number `index`, as they were appended, is now at `address`.
  func move(_ index: Int, to address: UnsafeMutableRawPointer?) throws(EngineError) {
    try memories[index].move(to: address)
  }
}

/// A tensor's layout and where its values are.
private final class Memory {
  let handle: dnnl_memory_t

  init(
    _ descriptor: MemoryDescriptor, at address: UnsafeMutableRawPointer?, on device: OneDNN
  ) throws(EngineError) {
    var handle: dnnl_memory_t?
    let status = withExtendedLifetime(descriptor) {
      zoo_memory_create(&handle, descriptor.raw, device.handle, address)
    }
    try check(status, "describe memory")
    guard let handle else { throw EngineError("oneDNN gave no memory") }
    self.handle = handle
  }

  deinit { dnnl_memory_destroy(handle) }

  func move(to address: UnsafeMutableRawPointer?) throws(EngineError) {
    try check(withExtendedLifetime(self) { dnnl_memory_set_data_handle(handle, address) }, "move memory")
  }
}
