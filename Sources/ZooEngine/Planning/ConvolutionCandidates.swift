import ZooGraph

/// A way to compute a convolution: the algorithm, and how the maps lie.
struct ConvolutionCandidate {
  var algorithm: Operation.ConvolutionAlgorithm
  var source: MemoryDescriptor
  var destination: MemoryDescriptor
  var type: NumberType
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
  ///
  /// - Parameter lies: how the input lies, where it was computed.
  func candidates(
    _ convolution: Convolution, input: Extent, output: Extent, lies: MemoryDescriptor?
  ) throws(EngineError) -> [ConvolutionCandidate] {
    func candidate(
      _ algorithm: Operation.ConvolutionAlgorithm, _ type: NumberType, _ source: MemoryDescriptor.Tag,
      _ destination: MemoryDescriptor.Tag, family: String = "jit"
    ) throws(EngineError) -> ConvolutionCandidate {
      ConvolutionCandidate(
        algorithm: algorithm, source: try .map(batch, input, source, type: type),
        destination: try .map(batch, output, destination, type: type), type: type, family: family)
    }
    var candidates: [ConvolutionCandidate] = []
    // Between steps that work pixel by pixel, as normalizations over channels and products of matrices do, it is not
    // worth bringing the map into blocks and back.
    if options.precision == .float32, convolution.isPointwise, input.channels > 4,
      try lies == .map(batch, input, .nhwc)
    {
      // Measured on ConvNeXtTiny's, products in batches take up to a third less, as they read the kernel fewer times.
      candidates.append(try candidate(.direct, .float32, .nhwc, .nhwc, family: "brg"))
      candidates.append(try candidate(.direct, .float32, .nhwc, .nhwc))
    }
    if let blocked = OneDNN.blockedTag {
      // The first layer reads the few channels of a picture one after the other.
      let source: MemoryDescriptor.Tag = input.channels <= 4 ? .rowMajor : blocked
      if options.precision == .bf16 {
        candidates.append(try candidate(.direct, .bfloat16, source, blocked))
      } else if options.allowsWinograd && convolution.suitsWinograd && !choices.areShared {
        // Its order of summing up depends on the batch.
        candidates.append(try candidate(.winograd, .float32, source, blocked))
      }
      candidates.append(try candidate(.direct, .float32, source, blocked))
    }
    candidates.append(try candidate(.direct, .float32, .any, .any, family: ""))
    return candidates
  }
}

extension Convolution {
  /// Whether Winograd's algorithm can compute it at all.
  var suitsWinograd: Bool {
    kernelSize == Size2D(3) && strides == Size2D(1) && dilation == Size2D(1) && groups == 1
  }

  /// The convolution computed in this way.
  func operation(_ candidate: ConvolutionCandidate, input: Extent) throws(EngineError) -> Operation {
    .convolution(
      candidate.algorithm, source: candidate.source,
      kernel: try MemoryDescriptor(kernelDimensions(input: input), .any, type: candidate.type),
      bias: hasBias ? try .vector(filters) : nil, destination: candidate.destination, window, .inference)
  }

  var window: Operation.Window {
    Operation.Window(strides: strides, dilation: dilation, margins: margins)
  }
}
