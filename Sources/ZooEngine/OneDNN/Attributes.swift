import ConeDNN
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
    for step in steps {
      switch step {
      case .sum: try check(dnnl_post_ops_append_sum(operations, 1), "fuse a sum")
      case .add(let other): try append(dnnl_binary_add, other, to: operations)
      case .multiply(let other): try append(dnnl_binary_mul, other, to: operations)
      case .activation(let function):
        for element in function.elementwise {
          try check(
            dnnl_post_ops_append_eltwise(operations, 1, element.algorithm, element.alpha, element.beta),
            "fuse \(function.rawValue)")
        }
      case .depthwise(let step):
        try check(
          dnnl_post_ops_append_dw(
            operations, step.type, step.hasBias ? dnnl_f32 : dnnl_data_type_undef, step.type,
            dnnl_dim_t(DepthwiseStep.kernelSize), dnnl_dim_t(step.stride), dnnl_dim_t(step.margin), 0, 0, nil),
          "fuse a depthwise convolution")
      }
    }
    try check(dnnl_primitive_attr_set_post_ops(handle, operations), "fuse")
  }

  private func append(
    _ algorithm: dnnl_alg_kind_t, _ other: MemoryDescriptor, to operations: dnnl_post_ops_t
  ) throws(EngineError) {
    var raw = other.raw
    try check(dnnl_post_ops_append_binary(operations, algorithm, &raw), "fuse a binary operation")
  }

  /// The argument that carries the tensor of the step at `index` of oneDNN's list.
  static func argument(ofStep index: Int) -> Int32 {
    DNNL_ARG_ATTR_MULTIPLE_POST_OP_BASE * Int32(index + 1) | DNNL_ARG_SRC_1
  }
}

/// An element-wise algorithm of oneDNN with its parameters.
struct Elementwise {
  var algorithm: dnnl_alg_kind_t
  var alpha: Float = 0
  var beta: Float = 0
}

extension ActivationFunction {
  /// The activation as a sequence of oneDNN's element-wise algorithms; empty for `linear` and for `softmax`,
  /// which is none.
  var elementwise: [Elementwise] {
    switch self {
    case .linear, .softmax: []
    case .relu: [Elementwise(algorithm: dnnl_eltwise_relu)]
    case .relu6: [Elementwise(algorithm: dnnl_eltwise_clip, alpha: 0, beta: 6)]
    case .sigmoid: [Elementwise(algorithm: dnnl_eltwise_logistic)]
    case .tanh: [Elementwise(algorithm: dnnl_eltwise_tanh)]
    case .silu: [Elementwise(algorithm: dnnl_eltwise_swish, alpha: 1)]
    case .hardSilu: [Elementwise(algorithm: dnnl_eltwise_hardswish)]
    case .hardSigmoid:
      [
        Elementwise(algorithm: dnnl_eltwise_linear, alpha: 1 / 6, beta: 0.5),
        Elementwise(algorithm: dnnl_eltwise_clip, alpha: 0, beta: 1),
      ]
    }
  }
}
