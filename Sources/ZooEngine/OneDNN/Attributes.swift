import COneDNN
import ZooGraph

/// What happens to each value before it is stored.
enum FusedStep {
  /// The value plus what the destination held.
  case sum
  /// The value plus a tensor, which is then an argument of its own.
  case add(MemoryDescriptor)
  /// The value times a tensor, as with `add`.
  case multiply(MemoryDescriptor)
  case activation(ActivationFunction)
  case depthwise(DepthwiseStep)
}

/// Attributes of a primitive: the scratchpad comes from us, and these steps follow the operation.
final class Attributes {
  let handle: dnnl_primitive_attr_t

  init(_ steps: [FusedStep] = []) throws(EngineError) {
    var handle: dnnl_primitive_attr_t?
    try check(dnnl_primitive_attr_create(&handle), "make attributes")
    guard let handle else { throw EngineError("oneDNN gave no attributes") }
    self.handle = handle
    try check(
      dnnl_primitive_attr_set_scratchpad_mode(handle, dnnl_scratchpad_mode_user), "set the scratchpad")
    if !steps.isEmpty { try set(steps) }
  }

  deinit { dnnl_primitive_attr_destroy(handle) }

  private func set(_ steps: [FusedStep]) throws(EngineError) {
    var operations: dnnl_post_ops_t?
    try check(dnnl_post_ops_create(&operations), "fuse")
    guard let operations else { throw EngineError("oneDNN gave no list of fused steps") }
    defer { dnnl_post_ops_destroy(operations) }
    defer { withExtendedLifetime(steps) {} }
    // Behind a depthwise convolution the steps are another kernel's.
    for part in steps.split(whereSeparator: { if case .depthwise = $0 { true } else { false } }) {
      let fused = part.flatMap { step -> [ElementwiseAlgorithm] in
        if case .activation(let function) = step { function.elementwise } else { [] }
      }
      precondition(fused.canBeFused, "steps that oneDNN cannot tell apart are not fused")
    }
    for step in steps {
      switch step {
      case .sum: try check(zoo_append_sum(operations), "fuse a sum")
      case .add(let other):
        try check(zoo_append_binary(operations, Operation.Binary.add.raw, other.raw), "fuse an addition")
      case .multiply(let other):
        try check(zoo_append_binary(operations, Operation.Binary.multiply.raw, other.raw), "fuse a product")
      case .activation(let function):
        for element in function.elementwise {
          try check(
            zoo_append_elementwise(operations, element.algorithm, element.alpha, element.beta),
            "fuse \(function)")
        }
      case .depthwise(let step):
        try check(
          zoo_append_depthwise(
            operations, step.type.raw, step.hasBias ? dnnl_f32 : dnnl_data_type_undef,
            dnnl_dim_t(DepthwiseStep.kernelSize), dnnl_dim_t(step.stride), dnnl_dim_t(step.margin)),
          "fuse a depthwise convolution")
      }
    }
    try check(dnnl_primitive_attr_set_post_ops(handle, operations), "fuse")
  }
}
