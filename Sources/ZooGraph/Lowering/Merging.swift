/// The shape of inputs that are taken together value by value. What has one step along an axis is repeated, as NumPy does it.
func mergedShape(of inputs: [Shape], counts: ClosedRange<Int> = 1...1_024) throws(GraphError) -> Shape {
  guard counts.contains(inputs.count) else {
    let expected = counts.count == 1 ? "\(counts.lowerBound)" : "at least \(counts.lowerBound)"
    throw GraphError("takes \(expected) inputs, found \(inputs.count)")
  }
  return try Shape.broadcast(inputs)
}

extension Lowering {
  /// All inputs, one after the other.
  mutating func combineAll(
    _ inputs: [ValueID], _ function: BinaryFunction
  ) throws(GraphError) -> ValueID {
    var value = inputs[0]
    for input in inputs.dropFirst() { value = try combine(function, value, input) }
    return value
  }
}
