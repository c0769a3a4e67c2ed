extension LoweredGraph {
  /// Zero padding is given to the convolution or pooling that follows, where that computes the same.
  package func givingPaddingToWindows() -> LoweredGraph {
    let nonNegative = nonNegativeValues
    var rewriting = Rewriting(self)
    for index in operations.indices {
      guard var operation = rewriting.slots[index], let input = operation.inputs.first,
        let pad = rewriting.producer(of: input), case .pad(let margins) = pad.kind,
        min(margins.top, margins.bottom, margins.left, margins.right) >= 0,
        let kind = operation.kind.taking(margins, nonNegative: nonNegative.contains(pad.inputs[0]))
      else { continue }
      operation.kind = kind
      operation.inputs[0] = pad.inputs[0]
      operation.layers = pad.layers + operation.layers
      rewriting.replace(at: index, by: operation)
    }
    return rewriting.result
  }

  /// The values that are known to hold nothing below zero.
  package var nonNegativeValues: Set<ValueID> {
    var found: Set<ValueID> = []
    for operation in operations where operation.isNonNegative(given: found) { found.insert(operation.id) }
    return found
  }
}

extension LoweredOperation {
  fileprivate func isNonNegative(given known: Set<ValueID>) -> Bool {
    if case .activation(let function)? = epilogue.last { return function.isNonNegative }
    guard epilogue.isEmpty else { return false }
    switch kind {
    case .activation(let function): return function.isNonNegative
    case .softmax(let function): return function != .logSoftmax
    case .pad, .pool, .reshape, .identity, .dropout, .add, .multiply, .concatenate, .join, .rearrange:
      return inputs.allSatisfy(known.contains)
    case .input, .convolution, .transposedConvolution, .dense, .affine, .elementwise, .binary, .reduce,
      .normalize,
      .matrixProduct, .resize, .lookUp, .weight, .constant:
      return false
    }
  }
}

extension ActivationFunction {
  fileprivate var isNonNegative: Bool {
    switch self {
    case .relu, .relu6, .sigmoid, .hardSigmoid, .hardSigmoidOfKeras2, .softmax, .softplus, .exponential,
      .sparsemax,
      .sparsePlus, .sparseSigmoid:
      true
    case .linear, .rectifier, .tanh, .hardSilu, .silu, .elu, .selu, .celu, .gelu, .mish, .leakyReLU,
      .hardTanh,
      .softsign, .logSigmoid, .squareplus, .hardShrink, .softShrink, .tanhShrink, .threshold, .logSoftmax,
      .glu:
      false
    }
  }
}

extension LoweredOperation.Kind {
  /// This operation with the zeros of a padding before it as its own; `nil` where that is not the same.
  fileprivate func taking(_ added: Margins, nonNegative: Bool) -> Self? {
    switch self {
    case .convolution(var convolution):
      let margins = convolution.margins + added
      guard margins.areBelow(convolution.reach) else { return nil }
      convolution.margins = margins
      return .convolution(convolution)
    case .pool(var pooling):
      // With padding of its own a pooling treats the two kinds of padding differently. A margin below the
      // window makes sure that each window holds a pixel.
      guard pooling.margins == .zero, added.areBelow(pooling.window) else { return nil }
      pooling.margins = added
      switch pooling.mode {
      case .maximum: pooling.mode = nonNegative ? .maximum : .maximumWithZeros
      case .averageOfPixels: pooling.mode = .averageWithPadding
      case .maximumWithZeros, .averageWithPadding: return nil
      }
      return .pool(pooling)
    case .input, .transposedConvolution, .dense, .affine, .activation, .elementwise, .softmax, .pad, .add,
      .multiply,
      .binary, .concatenate, .join, .reshape, .rearrange, .reduce, .normalize, .matrixProduct, .resize,
      .lookUp,
      .weight, .constant, .dropout, .identity:
      return nil
    }
  }
}

extension Convolution {
  /// The pixels that the dilated kernel spans.
  package var reach: Size2D {
    Size2D((kernelSize.height - 1) * dilation.height + 1, (kernelSize.width - 1) * dilation.width + 1)
  }
}

extension Margins {
  package static func + (left: Margins, right: Margins) -> Margins {
    Margins(
      top: left.top + right.top, bottom: left.bottom + right.bottom, left: left.left + right.left,
      right: left.right + right.right)
  }

  fileprivate func areBelow(_ window: Size2D) -> Bool {
    max(top, bottom) < window.height && max(left, right) < window.width
  }
}
