import ZooGraph

extension ResolvedGraph {
  /// What is computed for `outputs`, in few operations.
  func simplified(
    outputs: [String], preprocessing: Preprocessing, _ options: ONNXOptions
  ) throws(ONNXError) -> LoweredGraph {
    try graphErrors { () throws(GraphError) in
      try LoweredGraph(self, outputs: outputs, preprocessing: preprocessing)
        .simplified(keepsBatchNormalization: options.keepsBatchNormalization)
    }
  }
}

extension LoweredGraph {
  /// In fewer operations, where ONNX has them; what training alone needs is gone.
  fileprivate func simplified(keepsBatchNormalization: Bool) -> LoweredGraph {
    let plain = withoutIdentities()
    let folded = keepsBatchNormalization ? plain : plain.foldingAffines()
    return folded.givingPaddingToWindows()
      .foldingIntoTransposedConvolutions(keepsBatchNormalization: keepsBatchNormalization)
      .keepingAxesOfPooledMaps()
  }

  /// What follows a transposed convolution channel by channel, its bias as well, goes into its kernel.
  private func foldingIntoTransposedConvolutions(keepsBatchNormalization: Bool) -> LoweredGraph {
    var rewriting = Rewriting(self)
    var uses: [WeightName: Int] = [:]
    for operation in operations {
      if case .transposedConvolution(let convolution) = operation.kind {
        uses[convolution.name, default: 0] += 1
      }
    }
    for index in operations.indices {
      guard let operation = rewriting.slots[index], case .affine(let steps) = operation.kind,
        !keepsBatchNormalization || !steps.contains(where: \.isBatchNormalization),
        let producer = rewriting.producer(of: operation.inputs[0]), rewriting.isInternal(producer.id),
        case .transposedConvolution(var convolution) = producer.kind, uses[convolution.name] == 1
      else { continue }
      convolution.affine += steps
      rewriting.merge(producer, intoConsumerAt: index) { $0.kind = .transposedConvolution(convolution) }
    }
    return rewriting.result
  }

  /// A map pooled to a vector and then made a map of one pixel stays a map.
  private func keepingAxesOfPooledMaps() -> LoweredGraph {
    var rewriting = Rewriting(self)
    for index in operations.indices {
      guard let operation = rewriting.slots[index], operation.kind == .reshape,
        operation.shape == .map(1, 1, operation.shape.channels),
        let producer = rewriting.producer(of: operation.inputs[0]), rewriting.isInternal(producer.id),
        case .pool = producer.kind
      else { continue }
      rewriting.merge(producer, intoConsumerAt: index) { $0.shape = operation.shape }
    }
    return rewriting.result
  }
}

extension ChannelAffine {
  fileprivate var isBatchNormalization: Bool {
    if case .batchNormalization = self { true } else { false }
  }
}
