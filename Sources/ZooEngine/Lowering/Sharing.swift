import ZooGraph

extension LoweredGraph {
  /// What is computed of the same values in the same way is computed once. NASNet takes the activation of a map for each
  /// of the branches that begin with it.
  func sharingEqualOperations() -> LoweredGraph {
    var shared = LoweredGraph(operations: [], outputs: [])
    var positions: [[ValueID]: [Int]] = [:]
    var substitutes: [ValueID: ValueID] = [:]
    for var operation in operations {
      operation.inputs = operation.inputs.map { substitutes[$0] ?? $0 }
      let equal = positions[operation.inputs, default: []].first {
        shared.operations[$0].computesTheSame(as: operation)
      }
      if let equal {
        substitutes[operation.id] = shared.operations[equal].id
        shared.operations[equal].layers += operation.layers
      } else {
        positions[operation.inputs, default: []].append(shared.operations.count)
        shared.operations.append(operation)
      }
    }
    shared.outputs = outputs.map { substitutes[$0] ?? $0 }
    return shared
  }
}

extension LoweredOperation {
  fileprivate func computesTheSame(as other: LoweredOperation) -> Bool {
    inputs == other.inputs && kind == other.kind && shape == other.shape && epilogue == other.epilogue
  }
}
