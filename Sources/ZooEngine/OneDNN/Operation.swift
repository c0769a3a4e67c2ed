import COneDNN
import ZooGraph

/// What an operation is to give: its result, or a gradient of what it gave.
enum Pass: Sendable {
  case inference
  /// The result, and what the gradients need.
  case training
  case sourceGradient
  /// With respect to kernel and bias, or scale and shift.
  case weightsGradient
}

/// Something that oneDNN can compute, with its tensors and parameters. In the passes of gradients, layouts stand for
/// the gradients as well.
enum Operation {
  enum ConvolutionAlgorithm: Sendable { case direct, winograd }

  enum PoolingAlgorithm: Sendable { case maximum, averageOfPixels, averageWithPadding }

  enum Binary: Sendable { case add, multiply }

  /// How a window moves over a map.
  struct Window {
    /// Of a pooling; a convolution's is its kernel's.
    var size = Size2D(1)
    var strides = Size2D(1)
    var dilation = Size2D(1)
    var margins = Margins.zero
  }

  case convolution(
    ConvolutionAlgorithm, source: MemoryDescriptor, kernel: MemoryDescriptor, bias: MemoryDescriptor?,
    destination: MemoryDescriptor, Window, Pass)
  /// A matrix product with weights that stay.
  case innerProduct(
    source: MemoryDescriptor, kernel: MemoryDescriptor, bias: MemoryDescriptor?,
    destination: MemoryDescriptor,
    Pass)
  case matrixProduct(MemoryDescriptor, MemoryDescriptor, destination: MemoryDescriptor)
  case pooling(PoolingAlgorithm, source: MemoryDescriptor, destination: MemoryDescriptor, Window, Pass)
  case elementwise(ElementwiseAlgorithm, MemoryDescriptor, Pass)
  /// Over dimension `axis`.
  case softmax(MemoryDescriptor, axis: Int, Pass)
  case batchNormalization(
    MemoryDescriptor, epsilon: Float, usesBatch: Bool, hasScale: Bool, hasShift: Bool, Pass)
  case binary(Binary, MemoryDescriptor, MemoryDescriptor, destination: MemoryDescriptor)

  /// Starts the enumeration of oneDNN's implementations.
  func choose(_ choice: inout zoo_choice?, _ setting: zoo_setting) -> dnnl_status_t {
    withExtendedLifetime(self) { described(&choice, setting) }
  }

  private func described(_ choice: inout zoo_choice?, _ setting: zoo_setting) -> dnnl_status_t {
    switch self {
    case .convolution(let algorithm, let source, let kernel, let bias, let destination, let window, let pass):
      withUnsafePointer(to: window.raw) {
        zoo_convolution(
          &choice, setting, pass.direction, pass.kind, algorithm.raw, source.raw, kernel.raw, bias?.raw,
          destination.raw, $0)
      }
    case .innerProduct(let source, let kernel, let bias, let destination, let pass):
      zoo_inner_product(
        &choice, setting, pass.direction, pass.kind, source.raw, kernel.raw, bias?.raw, destination.raw)
    case .matrixProduct(let first, let second, let destination):
      zoo_matrix_product(&choice, setting, first.raw, second.raw, destination.raw)
    case .pooling(let algorithm, let source, let destination, let window, let pass):
      withUnsafePointer(to: window.raw) {
        zoo_pooling(
          &choice, setting, pass.direction, pass.kind, algorithm.raw, source.raw, destination.raw, $0)
      }
    case .elementwise(let function, let layout, let pass):
      zoo_elementwise(
        &choice, setting, pass.direction, pass.kind, function.algorithm, layout.raw, function.alpha,
        function.beta)
    case .softmax(let layout, let axis, let pass):
      zoo_softmax(&choice, setting, pass.direction, pass.kind, layout.raw, Int32(axis))
    case .batchNormalization(let layout, let epsilon, let usesBatch, let hasScale, let hasShift, let pass):
      zoo_batch_normalization(
        &choice, setting, pass.direction, pass.kind, layout.raw, epsilon,
        (usesBatch ? 0 : dnnl_use_global_stats.rawValue) | (hasScale ? dnnl_use_scale.rawValue : 0)
          | (hasShift ? dnnl_use_shift.rawValue : 0))
    case .binary(let algorithm, let first, let second, let destination):
      zoo_binary(&choice, setting, algorithm.raw, first.raw, second.raw, destination.raw)
    }
  }
}

extension Pass {
  fileprivate var direction: zoo_direction {
    switch self {
    case .inference, .training: zoo_forward
    case .sourceGradient: zoo_backward_source
    case .weightsGradient: zoo_backward_weights
    }
  }

  /// Of the operation forward.
  fileprivate var kind: dnnl_prop_kind_t {
    self == .inference ? dnnl_forward_inference : dnnl_forward_training
  }
}

extension Operation.ConvolutionAlgorithm {
  fileprivate var raw: dnnl_alg_kind_t {
    switch self {
    case .direct: dnnl_convolution_direct
    case .winograd: dnnl_convolution_winograd
    }
  }
}

extension Operation.PoolingAlgorithm {
  fileprivate var raw: dnnl_alg_kind_t {
    switch self {
    case .maximum: dnnl_pooling_max
    case .averageOfPixels: dnnl_pooling_avg_exclude_padding
    case .averageWithPadding: dnnl_pooling_avg_include_padding
    }
  }
}

extension Operation.Binary {
  var raw: dnnl_alg_kind_t {
    switch self {
    case .add: dnnl_binary_add
    case .multiply: dnnl_binary_mul
    }
  }
}

extension Operation.Window {
  /// oneDNN counts the pixels left out between two taps.
  fileprivate var raw: zoo_window {
    func pair(_ height: Int, _ width: Int) -> (Int64, Int64) { (Int64(height), Int64(width)) }
    return zoo_window(
      size: pair(size.height, size.width), strides: pair(strides.height, strides.width),
      dilation: pair(dilation.height - 1, dilation.width - 1), before: pair(margins.top, margins.left),
      after: pair(margins.bottom, margins.right))
  }
}
