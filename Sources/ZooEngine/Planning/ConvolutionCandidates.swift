import ConeDNN
import ZooGraph

/// A way to compute a convolution: the algorithm, and how the maps lie.
struct ConvolutionCandidate {
  var algorithm: dnnl_alg_kind_t
  var source: MemoryDescriptor
  var destination: MemoryDescriptor
  /// How the names of the implementations begin that are fast enough for this way to be the one.
  var family: String
}

extension PlanBuilder {
  /// The ways to compute a convolution, the best first.
  ///
  /// oneDNN's Winograd's algorithm halves the time of 3×3 convolutions. Blocked layouts keep code in the fast family
  /// that has it (measured: 105 ms instead of 490 ms for VGG16, and never slower); they also pass from one
  /// convolution to the next, so no layout is changed on the way. What they cannot do, such as groups that do
  /// not fill blocks, oneDNN does in the layout of its own choice.
  func candidates(
    _ convolution: Convolution, input: Extent, output: Extent
  ) throws(EngineError) -> [ConvolutionCandidate] {
    func candidate(
      _ algorithm: dnnl_alg_kind_t, _ type: dnnl_data_type_t, _ source: dnnl_format_tag_t,
      _ destination: dnnl_format_tag_t, family: String = "jit"
    ) throws(EngineError) -> ConvolutionCandidate {
      ConvolutionCandidate(
        algorithm: algorithm, source: try .map(batch, input, source, type: type),
        destination: try .map(batch, output, destination, type: type), family: family)
    }
    let any = dnnl_format_tag_any
    var candidates: [ConvolutionCandidate] = []
    if let blocked = OneDNN.blockedTag {
      // The first layer reads the few channels of a picture one after the other.
      let source = input.channels <= 4 ? dnnl_nchw : blocked
      if options.precision == .bf16 {
        candidates.append(try candidate(dnnl_convolution_direct, dnnl_bf16, source, blocked))
      } else if options.allowsWinograd && convolution.suitsWinograd && !choices.areShared {
        // Its order of summing up depends on the batch.
        candidates.append(try candidate(dnnl_convolution_winograd, dnnl_f32, source, blocked))
      }
      candidates.append(try candidate(dnnl_convolution_direct, dnnl_f32, source, blocked))
    }
    candidates.append(try candidate(dnnl_convolution_direct, dnnl_f32, any, any, family: ""))
    return candidates
  }
}

extension Convolution {
  /// Whether Winograd's algorithm can compute it at all.
  var suitsWinograd: Bool {
    kernelSize == Size2D(3) && strides == Size2D(1) && dilation == Size2D(1) && groups == 1
  }

  /// oneDNN's description of the convolution computed in this way.
  func description(
    _ candidate: ConvolutionCandidate, input: Extent
  ) throws(EngineError) -> dnnl_convolution_desc_t {
    var (source, destination) = (candidate.source.raw, candidate.destination.raw)
    var kernel = try MemoryDescriptor(
      kernelDimensions(input: input), dnnl_format_tag_any, type: candidate.source.raw.data_type
    ).raw
    var bias = hasBias ? try MemoryDescriptor.vector(filters).raw : .absent
    var description = dnnl_convolution_desc_t()
    try check(
      dnnl_dilated_convolution_forward_desc_init(
        &description, dnnl_forward_inference, candidate.algorithm, &source, &kernel, &bias, &destination,
        [Int64(strides.height), Int64(strides.width)],
        [Int64(dilation.height - 1), Int64(dilation.width - 1)],
        [Int64(margins.top), Int64(margins.left)], [Int64(margins.bottom), Int64(margins.right)]),
      "describe a convolution")
    return description
  }
}
