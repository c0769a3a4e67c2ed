import COneDNN

/// What an operation is, which implementation oneDNN has for it, and which layouts that wants.
final class PrimitiveDescriptor {
  private let handle: dnnl_primitive_desc_t

  private init(_ handle: dnnl_primitive_desc_t) { self.handle = handle }

  deinit { dnnl_primitive_desc_destroy(handle) }

  /// The first implementation of `operation` that `accept` takes by its name, in oneDNN's order of
  /// preference; `nil` where there is none. A backward operation names its `forward` one.
  static func find(
    _ operation: Operation, _ attributes: Attributes, on device: OneDNN,
    forward: PrimitiveDescriptor? = nil, accept: (String) -> Bool = { _ in true }
  ) throws(EngineError) -> PrimitiveDescriptor? {
    try all(operation, attributes, on: device, forward: forward, limit: 1, accept: accept).first
  }

  /// The first `limit` implementations of `operation` that `accept` takes.
  static func all(
    _ operation: Operation, _ attributes: Attributes, on device: OneDNN,
    forward: PrimitiveDescriptor? = nil, limit: Int = .max, accept: (String) -> Bool
  ) throws(EngineError) -> [PrimitiveDescriptor] {
    var choice: zoo_choice?
    let status = withExtendedLifetime((attributes, forward)) {
      operation.choose(
        &choice, zoo_setting(engine: device.handle, attributes: attributes.handle, hint: forward?.handle))
    }
    if status == dnnl_unimplemented { return [] }
    try check(status, "look for an implementation")
    guard let choice else { return [] }
    defer { zoo_choice_destroy(choice) }
    var all: [PrimitiveDescriptor] = []
    repeat {
      guard let handle = zoo_choice_current(choice) else { break }
      let found = PrimitiveDescriptor(handle)
      if accept(found.implementation) { all.append(found) }
    } while all.count < limit && zoo_choice_advance(choice) != 0
    return all
  }

  /// The implementation that oneDNN prefers.
  static func best(
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
    try make("change a layout", on: device) { made, setting in
      withExtendedLifetime((source, target)) { zoo_reorder(&made, setting, source.raw, target.raw) }
    }
  }

  /// Tensors side by side along dimension `axis`.
  static func concatenation(
    of sources: [MemoryDescriptor], axis: Int, on device: OneDNN
  ) throws(EngineError) -> PrimitiveDescriptor {
    try make("concatenate", on: device) { made, setting in
      withExtendedLifetime(sources) {
        zoo_concatenation(&made, setting, Int32(sources.count), sources.map(\.raw), Int32(axis))
      }
    }
  }

  /// The sum of tensors of one shape.
  static func sum(
    of sources: [MemoryDescriptor], into target: MemoryDescriptor, on device: OneDNN
  ) throws(EngineError) -> PrimitiveDescriptor {
    try make("sum tensors", on: device) { made, setting in
      withExtendedLifetime((sources, target)) {
        zoo_sum(&made, setting, Int32(sources.count), sources.map(\.raw), target.raw)
      }
    }
  }

  private static func make(
    _ action: @autoclosure () -> String, on device: OneDNN,
    _ body: (inout dnnl_primitive_desc_t?, zoo_setting) -> dnnl_status_t
  ) throws(EngineError) -> PrimitiveDescriptor {
    let attributes = try Attributes()
    var handle: dnnl_primitive_desc_t?
    let status = withExtendedLifetime(attributes) {
      body(&handle, zoo_setting(engine: device.handle, attributes: attributes.handle, hint: nil))
    }
    try check(status, action())
    guard let handle else { throw EngineError("oneDNN gave nothing to \(action())") }
    return PrimitiveDescriptor(handle)
  }

  /// As in `jit:avx512_core`.
  var implementation: String {
    withExtendedLifetime(self) {
      var text: UnsafePointer<CChar>?
      guard dnnl_primitive_desc_query(handle, dnnl_query_impl_info_str, 0, &text) == dnnl_success, let text
      else { return "unknown" }
      return String(cString: text)
    }
  }

  /// Whether a convolution's code is Winograd's algorithm.
  var isWinograd: Bool { implementation.contains("wino") }

  var source: MemoryDescriptor { required(dnnl_query_src_md) }
  var weights: MemoryDescriptor { required(dnnl_query_weights_md) }
  var destination: MemoryDescriptor { required(dnnl_query_dst_md) }
  /// Of a convolution.
  var bias: MemoryDescriptor? { layout(dnnl_query_weights_md, 1) }
  /// Of the depthwise convolution that is fused.
  var depthwiseWeights: MemoryDescriptor? {
    layout(dnnl_query_exec_arg_md, Argument.weights.ofDepthwise.raw)
  }
  /// Of the depthwise convolution that is fused.
  var depthwiseBias: MemoryDescriptor? { layout(dnnl_query_exec_arg_md, Argument.bias.ofDepthwise.raw) }
  var scratchpad: MemoryDescriptor? { layout(dnnl_query_scratchpad_md) }
  /// What a forward operation notes down for the backward one.
  var workspace: MemoryDescriptor? { layout(dnnl_query_workspace_md) }
  /// The gradients with respect to source, weights and destination.
  var sourceGradient: MemoryDescriptor { required(dnnl_query_diff_src_md) }
  var weightsGradient: MemoryDescriptor { required(dnnl_query_diff_weights_md) }
  var destinationGradient: MemoryDescriptor { required(dnnl_query_diff_dst_md) }

  /// `nil` where the operation has no such tensor, or one of no bytes.
  private func layout(_ what: dnnl_query_t, _ index: Int32 = 0) -> MemoryDescriptor? {
    guard let raw = withExtendedLifetime(self, { zoo_layout_of_argument(handle, what, index) }) else {
      return nil
    }
    let layout = MemoryDescriptor(owning: raw)
    return layout.byteCount > 0 ? layout : nil
  }

  private func required(_ what: dnnl_query_t) -> MemoryDescriptor {
    guard let raw = withExtendedLifetime(self, { zoo_layout_of_argument(handle, what, 0) }) else {
      preconditionFailure("\(implementation) was asked for a tensor that it has not")
    }
    return MemoryDescriptor(owning: raw)
  }

  /// Generates the machine code.
  func primitive() throws(EngineError) -> Primitive {
    var primitive: dnnl_primitive_t?
    let status = withExtendedLifetime(self) { dnnl_primitive_create(&primitive, handle) }
    try check(status, "generate code for \(implementation)")
    guard let primitive else { throw EngineError("oneDNN gave no primitive") }
    return Primitive(owning: primitive, implementation: implementation)
  }
}
