import ConeDNN

/// What an operation is, which implementation oneDNN has for it, and which layouts that wants.
final class PrimitiveDescriptor {
  private let handle: dnnl_primitive_desc_t

  private init(_ handle: dnnl_primitive_desc_t) { self.handle = handle }

  deinit { dnnl_primitive_desc_destroy(handle) }

  /// The first implementation of `operation` that `accept` takes by its name, in oneDNN's order of
  /// preference; `nil` where there is none. A backward operation names its `forward` one.
  static func find<Operation>(
    _ operation: Operation, _ attributes: Attributes, on device: OneDNN,
    forward: PrimitiveDescriptor? = nil, accept: (String) -> Bool = { _ in true }
  ) throws(EngineError) -> PrimitiveDescriptor? {
    try all(operation, attributes, on: device, forward: forward, limit: 1, accept: accept).first
  }

  /// The first `limit` implementations of `operation` that `accept` takes.
  static func all<Operation>(
    _ operation: Operation, _ attributes: Attributes, on device: OneDNN,
    forward: PrimitiveDescriptor? = nil, limit: Int = .max, accept: (String) -> Bool
  ) throws(EngineError) -> [PrimitiveDescriptor] {
    var iterator: dnnl_primitive_desc_iterator_t?
    let status = withUnsafePointer(to: operation) {
      dnnl_primitive_desc_iterator_create(
        &iterator, $0, attributes.handle, device.handle, forward?.handle)
    }
    if status == dnnl_unimplemented { return [] }
    try check(status, "look for an implementation")
    guard let iterator else { return [] }
    defer { dnnl_primitive_desc_iterator_destroy(iterator) }
    var all: [PrimitiveDescriptor] = []
    repeat {
      guard let handle = dnnl_primitive_desc_iterator_fetch(iterator) else { break }
      let found = PrimitiveDescriptor(handle)
      if accept(found.implementation) { all.append(found) }
    } while all.count < limit && dnnl_primitive_desc_iterator_next(iterator) == dnnl_success
    return all
  }

  /// The implementation that oneDNN prefers.
  static func best<Operation>(
    _ operation: Operation, _ attributes: Attributes, on device: OneDNN,
    forward: PrimitiveDescriptor? = nil, for action: @autoclosure () -> String
  ) throws(EngineError) -> PrimitiveDescriptor {
    guard let found = try find(operation, attributes, on: device, forward: forward) else {
      throw EngineError("oneDNN has no implementation to \(action())")
    }
    return found
  }

  /// A change of layout, of element type, or of both.
  static func reorder(
    from source: MemoryDescriptor, to target: MemoryDescriptor, on device: OneDNN
  ) throws(EngineError) -> PrimitiveDescriptor {
    let attributes = try Attributes()
    var (source, target) = (source.raw, target.raw)
    var handle: dnnl_primitive_desc_t?
    try check(
      dnnl_reorder_primitive_desc_create(
        &handle, &source, device.handle, &target, device.handle, attributes.handle), "change a layout")
    guard let handle else { throw EngineError("oneDNN gave no reorder") }
    return PrimitiveDescriptor(handle)
  }

  /// Tensors side by side along dimension `axis`.
  static func concatenation(
    of sources: [MemoryDescriptor], axis: Int, on device: OneDNN
  ) throws(EngineError) -> PrimitiveDescriptor {
    let attributes = try Attributes()
    let raw = sources.map(\.raw)
    var handle: dnnl_primitive_desc_t?
    try check(
      dnnl_concat_primitive_desc_create(
        &handle, nil, Int32(raw.count), Int32(axis), raw, attributes.handle, device.handle), "concatenate")
    guard let handle else { throw EngineError("oneDNN gave no concatenation") }
    return PrimitiveDescriptor(handle)
  }

  /// The sum of tensors of one shape.
  static func sum(
    of sources: [MemoryDescriptor], into target: MemoryDescriptor, on device: OneDNN
  ) throws(EngineError) -> PrimitiveDescriptor {
    let attributes = try Attributes()
    let raw = sources.map(\.raw)
    let scales = [Float](repeating: 1, count: raw.count)
    var target = target.raw
    var handle: dnnl_primitive_desc_t?
    try check(
      dnnl_sum_primitive_desc_create(
        &handle, &target, Int32(raw.count), scales, raw, attributes.handle, device.handle), "sum tensors")
    guard let handle else { throw EngineError("oneDNN gave no sum") }
    return PrimitiveDescriptor(handle)
  }

  /// As in `jit:avx512_core`.
  var implementation: String {
    var text: UnsafePointer<CChar>?
    guard dnnl_primitive_desc_query(handle, dnnl_query_impl_info_str, 0, &text) == dnnl_success, let text
    else { return "unknown" }
    return String(cString: text)
  }

  /// Whether a convolution's code is Winograd's algorithm.
  var isWinograd: Bool { implementation.contains("wino") }

  var source: MemoryDescriptor { query(dnnl_query_src_md) }
  var weights: MemoryDescriptor { query(dnnl_query_weights_md) }
  /// Of a convolution.
  var bias: MemoryDescriptor { query(dnnl_query_weights_md, 1) }
  /// Of the depthwise convolution that is fused.
  var depthwiseWeights: MemoryDescriptor {
    query(dnnl_query_exec_arg_md, DNNL_ARG_ATTR_POST_OP_DW | DNNL_ARG_WEIGHTS)
  }
  /// Of the depthwise convolution that is fused.
  var depthwiseBias: MemoryDescriptor {
    query(dnnl_query_exec_arg_md, DNNL_ARG_ATTR_POST_OP_DW | DNNL_ARG_BIAS)
  }
  var destination: MemoryDescriptor { query(dnnl_query_dst_md) }
  var scratchpad: MemoryDescriptor { query(dnnl_query_scratchpad_md) }
  /// What a forward operation notes down for the backward one.
  var workspace: MemoryDescriptor { query(dnnl_query_workspace_md) }
  /// The gradients with respect to source, weights and destination.
  var sourceGradient: MemoryDescriptor { query(dnnl_query_diff_src_md) }
  var weightsGradient: MemoryDescriptor { query(dnnl_query_diff_weights_md) }
  var destinationGradient: MemoryDescriptor { query(dnnl_query_diff_dst_md) }

  private func query(_ what: dnnl_query_t, _ index: Int32 = 0) -> MemoryDescriptor {
    MemoryDescriptor(dnnl_primitive_desc_query_md(handle, what, index)?.pointee ?? dnnl_memory_desc_t())
  }

  /// Generates the machine code.
  func primitive() throws(EngineError) -> Primitive {
    var primitive: dnnl_primitive_t?
    try check(dnnl_primitive_create(&primitive, handle), "generate code for \(implementation)")
    guard let primitive else { throw EngineError("oneDNN gave no primitive") }
    return Primitive(primitive, implementation: implementation)
  }
}

/// Machine code that is ready to run. Immutable: threads may run one at the same time, as all of its memory,
/// the scratchpad included, is given with each call.
final class Primitive: @unchecked Sendable {
  private let handle: dnnl_primitive_t
  let implementation: String

  fileprivate init(_ handle: dnnl_primitive_t, implementation: String) {
    self.handle = handle
    self.implementation = implementation
  }

  deinit { dnnl_primitive_destroy(handle) }

  func execute(_ arguments: UnsafeBufferPointer<dnnl_exec_arg_t>, on stream: Stream) throws(EngineError) {
    try check(
      dnnl_primitive_execute(handle, stream.handle, Int32(arguments.count), arguments.baseAddress),
      "run \(implementation)")
  }
}

/// A tensor's layout and where its values are. The values belong to someone else.
final class Memory {
  let handle: dnnl_memory_t

  init(
    _ descriptor: MemoryDescriptor, at address: UnsafeMutableRawPointer?, on device: OneDNN
  ) throws(EngineError) {
    var raw = descriptor.raw
    var handle: dnnl_memory_t?
    try check(dnnl_memory_create(&handle, &raw, device.handle, address), "describe memory")
    guard let handle else { throw EngineError("oneDNN gave no memory") }
    self.handle = handle
  }

  deinit { dnnl_memory_destroy(handle) }

  func move(to address: UnsafeMutableRawPointer?) throws(EngineError) {
    try check(dnnl_memory_set_data_handle(handle, address), "move memory")
  }
}
