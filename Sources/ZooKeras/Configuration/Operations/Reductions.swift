import ZooGraph

extension KerasOperation {
  static let reductions: [String: OperationReader] = [
    "mean": reduction(.mean), "sum": reduction(.sum), "max": reduction(.maximum), "min": reduction(.minimum),
    "amax": reduction(.maximum), "amin": reduction(.minimum), "prod": reduction(.product),
  ]

  private static func reduction(_ function: Reduction.Function) -> OperationReader {
    { (read) throws(UnknownLayer) in try reduction(function, &read) }
  }

  private static func reduction(
    _ function: Reduction.Function, _ read: inout Reading
  ) throws(UnknownLayer) -> ConfigLayer {
    let axes = try read.axes("axis", rank: read.input.rank)
    let keepdims = try read.bool("keepdims", false)
    return .layer(Reduce(function, axes: axes.sorted(), keepdims: keepdims))
  }
}
