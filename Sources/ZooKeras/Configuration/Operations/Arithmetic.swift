import ZooGraph

extension KerasOperation {
  static let arithmetic: [String: OperationReader] = [
    "add": binary(.add), "subtract": binary(.subtract), "multiply": binary(.multiply),
    "true_divide": binary(.divide), "divide": binary(.divide), "power": binary(.power),
    "maximum": binary(.maximum),
    "minimum": binary(.minimum), "mod": modulo, "bias_add": biasAdd, "squared_difference": squaredDifference,
    "add_n": addAll,
  ]

  private static func binary(_ function: BinaryFunction) -> OperationReader {
    { (read) throws(UnknownLayer) in try binary(function, &read) }
  }

  private static func modulo(_ read: inout Reading) throws(UnknownLayer) -> ConfigLayer {
    let operands = operands(&read)
    guard operands.count == 2, case .tensor = operands[0], let divisor = operands[1].number, divisor != 0
    else {
      throw read.unknown("only a number can divide")
    }
    return .layer(Elementwise(.remainder(divisor)))
  }

  private static func biasAdd(_ read: inout Reading) throws(UnknownLayer) -> ConfigLayer {
    try read.expectChannelsLast()
    return try binary(.add, &read)
  }

  private static func squaredDifference(_ read: inout Reading) throws(UnknownLayer) -> ConfigLayer {
    let square = Elementwise(.square)
    switch try binary(.subtract, &read) {
    case .layer(let difference): return .chain([difference, square])
    case .call(let difference, let operands, _): return .call(difference, operands, then: [square])
    case .identity, .chain, .parts, .merge, .known: throw read.unknown("takes a tensor")
    }
  }

  private static func addAll(_ read: inout Reading) throws(UnknownLayer) -> ConfigLayer {
    read.arguments.count == 1 ? .identity : .call(Add(), read.arguments)
  }

  private static func operands(_ read: inout Reading) -> [Argument] {
    let second = read.argument("y", "x2", "b", "bias")
    return read.arguments + (second.map { [$0] } ?? [])
  }

  private static func binary(_ function: BinaryFunction, _ read: inout Reading) throws(UnknownLayer)
    -> ConfigLayer
  {
    let operands = operands(&read)
    guard operands.count == 2 else { throw read.unknown("takes two operands, found \(operands.count)") }
    switch (operands[0], operands[1]) {
    case (.tensor, .tensor):
      let shapes = operands.compactMap { read.context.shapes[TensorKey($0)] }
      // Of one shape it is what a layer does.
      let merge = shapes.count == 2 && shapes[0] == shapes[1] ? function.merge : nil
      return .call(merge ?? Arithmetic(function), operands)
    case (.tensor, let constant):
      if let layer = try simple(function, constant, isFirst: false, read) { return layer }
    case (let constant, .tensor):
      if let layer = try simple(function, constant, isFirst: true, read) { return layer }
    case (let first, let second): return .known(try known(function, first.number, second.number, read))
    }
    return .call(Arithmetic(function), operands)
  }

  /// Of two numbers of shapes.
  private static func known(
    _ function: BinaryFunction, _ first: Double?, _ second: Double?, _ read: Reading
  ) throws(UnknownLayer) -> Argument {
    guard let first, let second else { throw read.unknown("takes tensors, and numbers that are known") }
    switch function {
    case .add: return .value(.number(first + second))
    case .subtract: return .value(.number(first - second))
    case .multiply: return .value(.number(first * second))
    case .maximum: return .value(.number(max(first, second)))
    case .minimum: return .value(.number(min(first, second)))
    case .divide, .power: throw read.unknown("takes a tensor")
    }
  }

  /// With a number, or a number for each channel, it is a simpler layer.
  private static func simple(
    _ function: BinaryFunction, _ constant: Argument, isFirst: Bool, _ read: Reading
  ) throws(UnknownLayer) -> ConfigLayer? {
    guard let array = constant.numbers else { throw read.unknown("takes tensors and numbers") }
    let values = array.values.map(Double.init)
    if let number = array.shape.isEmpty ? constant.number : nil {
      switch (function, isFirst) {
      case (.add, _): return .layer(Rescaling(scale: 1, offset: number))
      case (.multiply, _): return .layer(Rescaling(scale: number))
      case (.subtract, false): return .layer(Rescaling(scale: 1, offset: -number))
      case (.subtract, true): return .layer(Rescaling(scale: -1, offset: number))
      case (.divide, false) where number != 0: return .layer(Rescaling(scale: 1 / number))
      case (.divide, true): return .layer(Elementwise(.dividing(number)))
      case (.power, false):
        return .layer(Elementwise(number == 2 ? .square : number == 0.5 ? .squareRoot : .power(number)))
      case (.power, true) where number > 0: return .layer(Elementwise(.exponentialOf(base: number)))
      case (.maximum, _): return .layer(Activation(.threshold(number, value: number)))
      case (.minimum, _), (.divide, _), (.power, _): return nil
      }
    }
    guard values.count == array.shape.last, values.count == read.input.channels else { return nil }
    switch (function, isFirst) {
    case (.add, _): return .layer(Rescaling(scale: [1], offset: values))
    case (.subtract, false): return .layer(Rescaling(scale: [1], offset: values.map { -$0 }))
    case (.subtract, true): return .layer(Rescaling(scale: [-1], offset: values))
    case (.multiply, _): return .layer(Rescaling(scale: values, offset: [0]))
    case (.divide, false) where !values.contains(0):
      return .layer(Rescaling(scale: values.map { 1 / $0 }, offset: [0]))
    case (.divide, _), (.power, _), (.maximum, _), (.minimum, _): return nil
    }
  }
}

extension BinaryFunction {
  /// The layer that does the same to two tensors of one shape.
  fileprivate var merge: (any LayerKind)? {
    switch self {
    case .add: Add()
    case .subtract: Subtract()
    case .multiply: Multiply()
    case .maximum: Maximum()
    case .minimum: Minimum()
    case .divide, .power: nil
    }
  }
}
