import ZooGraph

/// The layers above the cut made ready for one batch size. Its forward steps come first.
struct TrainingProgram {
  let batch: Int
  let steps: [Step]
  let forwardCount: Int
  let arena: ArenaPlan
  let constants: [AlignedBuffer]
  /// The kernels it reads, to be brought up to date before it runs.
  let kernels: [PackedKernel]
  let ends: Ends

  /// What a program is run for.
  enum Use: Hashable {
    case inference
    /// As inference, with gradients afterwards.
    case observing
    case training

    var hasGradients: Bool { self != .inference }
  }

  /// What enters and leaves a program, in NHWC.
  struct Ends {
    /// The outputs of the layers at the boundary.
    let inputs: [AlignedBuffer]
    let output: AlignedBuffer
    let outputGradient: AlignedBuffer
    /// Of what the observed layer gives, where there is one.
    let observedGradient: AlignedBuffer?
    /// Seed, step: what the random numbers of a run depend on, as two `UInt64`.
    let clock: AlignedBuffer

    init(_ graph: ResolvedGraph, _ split: TrainingSplit, batch: Int) throws(EngineError) {
      func buffer(_ shape: Shape) throws(EngineError) -> AlignedBuffer {
        let (count, overflow) = (shape.elementCount ?? .max).multipliedReportingOverflow(by: batch)
        let (bytes, tooMany) = count.multipliedReportingOverflow(by: 4)
        guard !overflow, !tooMany else { throw EngineError("a batch of \(batch) × \(shape) is too large") }
        return try AlignedBuffer(byteCount: bytes)
      }
      var inputs: [AlignedBuffer] = []
      for name in split.boundary {
        if let index = graph.index(of: name) { inputs.append(try buffer(graph.entries[index].shape)) }
      }
      self.inputs = inputs
      output = try buffer(graph.outputShape)
      outputGradient = try buffer(graph.outputShape)
      if let index = split.observed.flatMap(graph.index) {
        observedGradient = try buffer(graph.entries[index].shape)
        // What has no influence on the output has no gradient.
        observedGradient?.floats.update(repeating: 0)
      } else {
        observedGradient = nil
      }
      clock = try AlignedBuffer(byteCount: 16)
    }
  }
}
