import ZooGraph

extension Translation {
  /// Zeros around a map.
  mutating func pad(_ value: Value, _ margins: Margins, _ shape: Shape) -> Value {
    let order = value.order
    let begins = [margins.top, margins.left, 0]
    let ends = [margins.bottom, margins.right, 0]
    let pads = [0] + order.map { begins[$0] } + [0] + order.map { ends[$0] }
    let result = emit("Pad", [tensor(value, order), integers(pads, "pads")])
    return Value(source: .tensor(result, order: order), shape: shape, isBatched: value.isBatched)
  }

  mutating func pool(_ operation: LoweredOperation, _ window: PoolingWindow) -> Value {
    var input = value(operation.inputs[0])
    var window = window
    if window.mode == .maximumWithZeros {
      var padded = input.shape
      padded.dimensions[0] += window.margins.top + window.margins.bottom
      padded.dimensions[1] += window.margins.left + window.margins.right
      input = pad(input, window.margins, padded)
      (window.mode, window.margins) = (.maximum, .zero)
    }
    let isWhole =
      !windows.moving.contains(operation.id) && window.margins == .zero
      && window.window == Size2D(input.shape.height, input.shape.width)
    if operation.shape.rank == 1 { return reduceMap(input, window.mode, operation.shape) }
    let order = AxisOrder.channelsFirst(3)
    let x = tensor(input, order)
    let name = window.mode == .maximum ? "MaxPool" : "AveragePool"
    let result: TensorID
    if isWhole {
      result = emit("Global\(name)", [x])
    } else {
      var attributes = WindowAttributes(
        window: window.window, strides: window.strides, margins: window.margins,
        isSame: windows.samePadded.contains(operation.id)
      ).attributes
      if window.mode == .averageWithPadding { attributes.append(("count_include_pad", .int(1))) }
      result = emit(name, [x], attributes)
    }
    return Value(source: .tensor(result, order: order), shape: operation.shape, isBatched: input.isBatched)
  }

  /// A vector of a map, whatever the order in which it lies.
  private mutating func reduceMap(_ input: Value, _ mode: PoolingWindow.Mode, _ shape: Shape) -> Value {
    let order = input.order
    let axes = order.indices.filter { order[$0] < 2 }.map { $0 + 1 }
    let name = mode == .maximum ? "ReduceMax" : "ReduceMean"
    let result = emitReduction(name, tensor(input, order), axes: axes, keepdims: false)
    return Value(source: .tensor(result, order: [0]), shape: shape, isBatched: input.isBatched)
  }
}
