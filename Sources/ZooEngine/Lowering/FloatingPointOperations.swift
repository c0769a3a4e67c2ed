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
      default: continue
      }
    }
    return sum
  }
}
