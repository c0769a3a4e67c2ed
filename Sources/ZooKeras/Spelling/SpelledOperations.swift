import ZooGraph

extension Elementwise: KerasSpelled {
  func spelling(_: [Shape]) -> KerasSpelling {
    switch function {
    case .absolute: .operation("Absolute")
    case .square: .operation("Square")
    case .squareRoot: .operation("Sqrt")
    case .reciprocalSquareRoot: .operation("Rsqrt", in: "math")
    case .reciprocal: .operation("Reciprocal")
    case .logarithm: .operation("Log")
    case .sine: .operation("Sin")
    case .cosine: .operation("Cos")
    case .sign: .operation("Sign")
    case .floor: .operation("Floor")
    case .ceiling: .operation("Ceil")
    case .round: .operation("Round", ["decimals": 0])
    case .power(let exponent): .operation("Power", [:], [.input(0), .value(.number(exponent))])
    case .exponentialOf(let base): .operation("Power", [:], [.value(.number(base)), .input(0)])
    case .clip(let least, let most): .operation("Clip", ["x_min": .number(least), "x_max": .number(most)])
    case .dividing(let number): .operation("TrueDivide", [:], [.value(.number(number)), .input(0)])
    case .remainder(let divisor): .operation("Mod", [:], [.input(0), .value(.number(divisor))])
    }
  }
}

extension Arithmetic: KerasSpelled {
  func spelling(_: [Shape]) -> KerasSpelling {
    switch function {
    case .add: .operation("Add")
    case .subtract: .operation("Subtract")
    case .multiply: .operation("Multiply")
    case .divide: .operation("TrueDivide")
    case .power: .operation("Power")
    case .maximum: .operation("Maximum")
    case .minimum: .operation("Minimum")
    }
  }
}

extension Constant: KerasSpelled {
  func spelling(_: [Shape]) -> KerasSpelling { KerasSpelling(Self.className) }
}

extension Filled: KerasSpelled {
  func spelling(_: [Shape]) throws(GraphError) -> KerasSpelling {
    switch value {
    case 0: return .operation("ZerosLike", ["dtype": "float32"])
    case 1: return .operation("OnesLike", ["dtype": "float32"])
    default: throw GraphError("Keras has no operation that fills a tensor with \(value)")
    }
  }
}

extension Slice: KerasSpelled {
  func spelling(_: [Shape]) -> KerasSpelling {
    let whole: JSONValue = [
      "class_name": "__slice__", "config": ["start": nil, "stop": nil, "step": nil],
    ]
    let keys = parts.map { part -> JSONValue in
      if part.isDropped { return .number(Double(part.start)) }
      let end = part.start + part.count * part.step
      return [
        "class_name": "__slice__",
        "config": [
          "start": .number(Double(part.start)), "stop": end < 0 ? nil : .number(Double(end)),
          "step": .number(Double(part.step)),
        ],
      ]
    }
    return .operation("GetItem", [:], [.input(0), .value(.array([whole] + keys))])
  }
}

extension Reduce: KerasSpelled {
  func spelling(_: [Shape]) -> KerasSpelling {
    let name =
      switch function {
      case .sum: "Sum"
      case .mean: "Mean"
      case .maximum: "Max"
      case .minimum: "Min"
      case .product: "Prod"
      }
    return .operation(
      name, ["axis": .array(axes.map { .number(Double($0 + 1)) }), "keepdims": .bool(keepdims)])
  }
}

extension Stack: KerasSpelled {
  func spelling(_: [Shape]) -> KerasSpelling {
    .operation("Stack", ["axis": .number(Double(axis + 1))], [.allInputs])
  }
}

extension Tile: KerasSpelled {
  func spelling(_ inputs: [Shape]) -> KerasSpelling {
    let counts = (0...inputs[0].rank).map { JSONValue.number($0 == axis + 1 ? Double(count) : 1) }
    return .operation("Tile", ["repeats": .array(counts)])
  }
}

extension CumulativeSum: KerasSpelled {
  func spelling(_: [Shape]) -> KerasSpelling {
    .operation("Cumsum", ["axis": .number(Double(axis + 1)), "dtype": nil])
  }
}

extension MatMul: KerasSpelled {
  func spelling(_: [Shape]) -> KerasSpelling { .operation("Matmul") }
}
