import ZooGraph

extension Translation {
  /// Rows of a weight by their numbers, which are made whole ones as Keras does it: towards zero.
  mutating func lookUp(
    _ operation: LoweredOperation, _ name: WeightName, rows: Int
  ) throws(ONNXError) -> Value {
    let input = value(operation.inputs[0])
    let table = TensorView(.weight(name), [rows, operation.shape.channels], type)
    let numbers: TensorID
    if case .numbers(let view) = input.source, case .floats(let values) = view.numbers {
      guard values.allSatisfy({ $0 >= 0 && $0 < Float(rows) }) else {
        throw .noCounterpart(layer: layer, what: "look-up of a number that is no row of \(rows)")
      }
      numbers = initializer(
        TensorView(.integers(values.map { Int($0) }), [1] + input.shape.dimensions, .int64),
        "\(layer)/numbers")
    } else {
      numbers = emit("Cast", [natural(input)], [("to", .int(ONNXType.int64.rawValue))])
    }
    let result = emit("Gather", [initializer(table, name.description), numbers])
    return Value(
      source: .tensor(result, order: AxisOrder.natural(operation.shape.rank)), shape: operation.shape,
      isBatched: input.isBatched)
  }
}
