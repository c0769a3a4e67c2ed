import ZooGraph

extension LoweredGraph {
  /// The same network in fewer steps. Values that are asked for stay what they are.
  func fused() -> LoweredGraph {
    withoutIdentities().sharingEqualOperations().foldingAffines().foldingGainsIntoProducts()
      .croppingAsPadding().givingPaddingToWindows().readingMapsIntoDense().fusingActivations().fusingSums()
      .multiplyingInPlace()
  }

  /// A Flatten before a Dense goes away: the product reads the map in its own layout.
  func readingMapsIntoDense() -> LoweredGraph {
    var rewriting = Rewriting(self)
    for index in operations.indices {
      guard var operation = rewriting.slots[index], case .dense = operation.kind,
        let reshape = rewriting.producer(of: operation.inputs[0]), reshape.kind == .reshape
      else { continue }
      operation.inputs[0] = reshape.inputs[0]
      operation.layers = reshape.layers + operation.layers
      rewriting.replace(at: index, by: operation)
    }
    return rewriting.result
  }

  /// An activation is applied where its input is computed.
  func fusingActivations() -> LoweredGraph {
    var rewriting = Rewriting(self)
    for index in operations.indices {
      guard let operation = rewriting.slots[index], case .activation(let function) = operation.kind,
        let producer = rewriting.producer(of: operation.inputs[0]), rewriting.isInternal(producer.id),
        producer.kind.takesActivation, !function.elementwise.isEmpty,
        (producer.epilogue.elementwise + function.elementwise).canBeFused
      else { continue }
      rewriting.merge(producer, intoConsumerAt: index) { $0.epilogue.append(.activation(function)) }
    }
    return rewriting.result
  }

  /// A sum is done by the later one of the convolutions that feed it.
  func fusingSums() -> LoweredGraph {
    var rewriting = Rewriting(self)
    for index in operations.indices {
      guard let sum = rewriting.slots[index], sum.kind == .add,
        let producer = sum.inputs.compactMap({ rewriting.producer(of: $0) })
          .filter({ $0.kind.isConvolution && $0.epilogue.isEmpty && rewriting.isInternal($0.id) })
          .max(by: { rewriting.position(of: $0.id) < rewriting.position(of: $1.id) }),
        let other = sum.inputs.first(where: { $0 != producer.id })
      else { continue }
      rewriting.merge(producer, intoConsumerAt: index) {
        $0.epilogue.append(.add(input: $0.inputs.count))
        $0.epilogue += sum.epilogue
        $0.inputs.append(other)
      }
    }
    return rewriting.result
  }
}

extension [EpilogueStep] {
  /// The activations as oneDNN's algorithms.
  var elementwise: [ElementwiseAlgorithm] {
    flatMap { step -> [ElementwiseAlgorithm] in
      if case .activation(let function) = step { function.elementwise } else { [] }
    }
  }
}

extension LoweredOperation.Kind {
  fileprivate var takesActivation: Bool {
    switch self {
    case .convolution, .dense, .affine, .add: true
    case .input, .transposedConvolution, .activation, .elementwise, .softmax, .pad, .pool, .multiply, .binary,
      .concatenate, .join, .reshape, .rearrange, .reduce, .normalize, .matrixProduct, .resize, .lookUp,
      .weight,
      .constant, .dropout, .identity:
      false
    }
  }

  fileprivate var isConvolution: Bool {
    if case .convolution = self { true } else { false }
  }
}
