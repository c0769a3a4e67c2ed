import ZooGraph

extension Convolution {
  /// Multiplications and additions for one picture.
  func floatingPointOperations(_ input: Extent, _ output: Extent) -> Int {
    let perValue = 2 * kernelSize.height * kernelSize.width * (input.channels / groups)
    return output.elementCount &* perValue
  }
}

extension DenseProduct {
  /// Multiplications and additions for one picture.
  func floatingPointOperations(_ input: Extent) -> Int { 2 &* input.elementCount &* units }
}

extension LoweredGraph {
  /// Multiplications and additions of all convolutions and matrix products for one picture.
  var floatingPointOperations: Int {
    var extents: [ValueID: Extent] = [:]
    var sum = 0
    for operation in operations {
      extents[operation.id] = operation.extent
      guard let input = operation.inputs.first.flatMap({ extents[$0] }) else { continue }
      switch operation.kind {
      case .convolution(let convolution): sum &+= convolution.floatingPointOperations(input, operation.extent)
      case .dense(let product): sum &+= product.floatingPointOperations(input)
      // The other way round: each value of the source is used as often as one of the result would be.
      case .transposedConvolution(let convolution):
        sum &+= convolution.floatingPointOperations(operation.extent, input)
      case .matrixProduct(let product):
        sum &+= 2 &* product.count &* product.rows &* product.inner &* product.columns
      case .input, .affine, .activation, .elementwise, .softmax, .pad, .pool, .add, .multiply, .binary,
        .concatenate,
        .join, .reshape, .rearrange, .reduce, .normalize, .resize, .lookUp, .weight, .constant, .dropout,
        .identity:
        continue
      }
    }
    return sum
  }
}
