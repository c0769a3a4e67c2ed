import ZooGraph

extension LoweredGraph {
  /// Matrices are multiplied as they lie, side by side, instead of one behind the other.
  func multiplyingInPlace() -> LoweredGraph {
    readingFactorsInPlace().writingProductsInPlace()
  }

  private func readingFactorsInPlace() -> LoweredGraph {
    var rewriting = Rewriting(self)
    for index in operations.indices {
      guard var operation = rewriting.slots[index], case .matrixProduct(var product) = operation.kind else {
        continue
      }
      for (input, operand) in zip(operation.inputs.indices, [MatrixProduct.Operand.first, .second]) {
        guard let before = rewriting.producer(of: operation.inputs[input]),
          before.kind == product.gathering(operand)
        else { continue }
        operation.inputs[input] = before.inputs[0]
        product.sideBySide.insert(operand)
      }
      operation.kind = .matrixProduct(product)
      rewriting.replace(at: index, by: operation)
    }
    return rewriting.result
  }

  private func writingProductsInPlace() -> LoweredGraph {
    var rewriting = Rewriting(self)
    for index in operations.indices {
      guard let operation = rewriting.slots[index], case .rearrange = operation.kind,
        let producer = rewriting.producer(of: operation.inputs[0]), rewriting.isInternal(producer.id),
        case .matrixProduct(var product) = producer.kind, operation.kind == product.placing
      else { continue }
      product.sideBySide.insert(.result)
      rewriting.merge(producer, intoConsumerAt: index) {
        ($0.kind, $0.shape) = (.matrixProduct(product), operation.shape)
      }
    }
    return rewriting.result
  }
}

extension MatrixProduct {
  /// What brings an operand's matrices, which lie side by side, one behind the other.
  fileprivate func gathering(_ operand: Operand) -> LoweredOperation.Kind {
    let (rows, columns) =
      switch operand {
      case .first: (rows, inner)
      case .second: transposesSecond ? (columns, inner) : (inner, columns)
      case .result: (rows, columns)
      }
    return .rearrange(
      Rearrangement([
        Axis(count, stride: columns), Axis(rows, stride: count * columns), Axis(columns, stride: 1),
      ]))
  }

  /// What brings the result's matrices, which lie one behind the other, side by side.
  fileprivate var placing: LoweredOperation.Kind {
    .rearrange(
      Rearrangement([
        Axis(rows, stride: columns), Axis(count, stride: rows * columns), Axis(columns, stride: 1),
      ]))
  }
}
