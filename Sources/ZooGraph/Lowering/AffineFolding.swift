extension LoweredGraph {
  /// Layers that do nothing (dropout, linear activation, a vector reshaped to a 1×1 map) give their input.
  package func withoutIdentities() -> LoweredGraph {
    var source: [ValueID: ValueID] = [:]
    var kept: [LoweredOperation] = []
    for var operation in operations {
      operation.inputs = operation.inputs.map { source[$0] ?? $0 }
      if operation.kind.isIdentity {
        source[operation.id] = operation.inputs[0]
      } else {
        kept.append(operation)
      }
    }
    return LoweredGraph(operations: kept, outputs: outputs.map { source[$0] ?? $0 })
  }

  /// BatchNorm and rescaling go into the kernel and bias before them, into one another, or into the pixels'
  /// own transform.
  package func foldingAffines() -> LoweredGraph {
    var rewriting = Rewriting(self)
    let shared = sharedKernels
    for index in operations.indices {
      guard let operation = rewriting.slots[index], case .affine(let steps) = operation.kind,
        let producer = rewriting.producer(of: operation.inputs[0]), producer.epilogue.isEmpty,
        rewriting.isInternal(producer.id), producer.kind.kernel.map({ !shared.contains($0) }) ?? true,
        let kind = producer.kind.followed(by: steps)
      else { continue }
      rewriting.merge(producer, intoConsumerAt: index) { $0.kind = kind }
    }
    return rewriting.result
  }

  /// Gain and shift of a normalization go into the products behind it. What is normalized is about as large as one, so
  /// that nothing is lost; other affines may take much from large numbers, which has to be done first.
  package func foldingGainsIntoProducts() -> LoweredGraph {
    var rewriting = Rewriting(self)
    let shared = sharedKernels
    for index in operations.indices {
      guard var operation = rewriting.slots[index], let input = operation.inputs.first,
        let gain = rewriting.producer(of: input), case .affine(let steps) = gain.kind, gain.epilogue.isEmpty,
        case .normalize? = rewriting.producer(of: gain.inputs[0])?.kind,
        let kernel = operation.kind.kernel, !shared.contains(kernel),
        let kind = operation.kind.preceded(by: steps)
      else { continue }
      operation.kind = kind
      operation.inputs[0] = gain.inputs[0]
      operation.layers = gain.layers + operation.layers
      rewriting.replace(at: index, by: operation)
    }
    return rewriting.result
  }

  /// The kernels that are used several times. What follows one use must not change it for the others.
  private var sharedKernels: Set<WeightName> {
    var counts: [WeightName: Int] = [:]
    for name in operations.compactMap(\.kind.kernel) { counts[name, default: 0] += 1 }
    return Set(counts.filter { $0.value > 1 }.keys)
  }
}

extension LoweredOperation.Kind {
  /// This operation and then the affine `steps`, as one; `nil` where that cannot be.
  fileprivate func followed(by steps: [ChannelAffine]) -> Self? {
    switch self {
    case .convolution(var convolution):
      convolution.affine += steps
      return .convolution(convolution)
    case .dense(var product):
      product.affine += steps
      return .dense(product)
    case .affine(let earlier):
      return .affine(earlier + steps)
    case .input(var preprocessing):
      for step in steps {
        guard case .constants(let scale, let shift) = step, scale.count == 1, shift.count == 1 else {
          return nil
        }
        preprocessing = preprocessing.followed(byScale: scale, shift: shift)
      }
      return .input(preprocessing)
    case .transposedConvolution, .activation, .elementwise, .softmax, .pad, .pool, .add, .multiply, .binary,
      .concatenate, .join, .reshape, .rearrange, .reduce, .normalize, .matrixProduct, .resize, .lookUp,
      .weight,
      .constant, .dropout, .identity:
      return nil
    }
  }

  /// First the affine `steps` and then this operation, as one; `nil` where that cannot be.
  fileprivate func preceded(by steps: [ChannelAffine]) -> Self? {
    switch self {
    case .convolution(var convolution) where convolution.isPointwise:
      convolution.inputAffine = steps + convolution.inputAffine
      return .convolution(convolution)
    case .dense(var product):
      product.inputAffine = steps + product.inputAffine
      return .dense(product)
    case .input, .convolution, .transposedConvolution, .affine, .activation, .elementwise, .softmax, .pad,
      .pool,
      .add, .multiply, .binary, .concatenate, .join, .reshape, .rearrange, .reduce, .normalize,
      .matrixProduct,
      .resize, .lookUp, .weight, .constant, .dropout, .identity:
      return nil
    }
  }

  /// Whether it gives its input when predicting.
  fileprivate var isIdentity: Bool {
    switch self {
    case .identity, .dropout: true
    case .input, .convolution, .transposedConvolution, .dense, .affine, .activation, .elementwise, .softmax,
      .pad,
      .pool, .add, .multiply, .binary, .concatenate, .join, .reshape, .rearrange, .reduce, .normalize,
      .matrixProduct, .resize, .lookUp, .weight, .constant:
      false
    }
  }

  /// The kernel of a product or a convolution.
  fileprivate var kernel: WeightName? {
    switch self {
    case .convolution(let convolution): convolution.name
    case .dense(let product): product.name
    case .input, .transposedConvolution, .affine, .activation, .elementwise, .softmax, .pad, .pool, .add,
      .multiply,
      .binary, .concatenate, .join, .reshape, .rearrange, .reduce, .normalize, .matrixProduct, .resize,
      .lookUp,
      .weight, .constant, .dropout, .identity:
      nil
    }
  }
}
