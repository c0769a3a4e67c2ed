import ZooGraph

/// The shape of a tensor as a tensor, and what is computed from it.
extension KerasOperation {
  static let shapes: [String: OperationReader] = ["shape": shape, "stack": stack, "range": range]

  private static func shape(_ read: inout Reading) throws(UnknownLayer) -> ConfigLayer {
    try read.expect("out_type", "int32")
    guard read.context.inputs.count == 1 else { throw read.unknown("takes one tensor") }
    return .known(.list([.batch] + read.input.dimensions.map { .value(.number(Double($0))) }))
  }

  /// Each tensor gets a new axis, along which they are joined. Numbers become a shape.
  private static func stack(_ read: inout Reading) throws(UnknownLayer) -> ConfigLayer {
    guard !read.context.inputs.isEmpty else {
      try read.expect("axis", 0)
      guard case .list(let counts)? = read.arguments.first, read.arguments.count == 1 else {
        throw read.unknown("takes tensors or numbers")
      }
      return .known(.list(counts))
    }
    let axis = try read.axes("axis", rank: read.input.rank + 1)[0]
    return .call(Stack(axis: axis), read.arguments)
  }

  /// `tf.range(start, limit, delta)`, as which positions are counted.
  private static func range(_ read: inout Reading) throws(UnknownLayer) -> ConfigLayer {
    let start = try read.known(read.arguments.first ?? read.argument("start"), "start")
    let limit = try read.known(read.argument("limit"), "limit")
    let step =
      try read.argument("delta").map { delta throws(UnknownLayer) in try read.known(delta, "delta") } ?? 1
    guard step > 0, limit > start, (limit - start) / step <= 1_048_576 else {
      throw read.unknown("a range from \(start) to \(limit) by \(step) is not supported")
    }
    let values = Array(Swift.stride(from: Float(start), to: Float(limit), by: Float(step)))
    return .call(Constant(shape: .vector(values.count), values: values), [])
  }
}
