import ZooGraph

/// Weights and numbers as values, and rows of them by number.

extension PlanBuilder {
  mutating func emitWeight(_ operation: LoweredOperation, _ name: WeightName) throws(EngineError) {
    let buffer = try weights.repeated(name, count: operation.extent.elementCount, copies: batch)
    set(operation.id, constant(buffer, try .map(batch, operation.extent)))
  }

  mutating func emitConstant(_ operation: LoweredOperation, _ values: [Float]) throws(EngineError) {
    let buffer = try AlignedBuffer(repeating: values, copies: batch)
    set(operation.id, constant(buffer, try .map(batch, operation.extent)))
  }

  mutating func emitLookUp(
    _ operation: LoweredOperation, _ name: WeightName, rows: Int
  ) throws(EngineError) {
    let width = operation.extent.channels
    let table = constant(
      try weights.repeated(name, count: rows * width, copies: 1), try .vector(rows * width))
    let numbers = extent(of: operation.inputs[0])
    let source = try location(of: operation.inputs[0], as: .map(batch, numbers))
    let place = newLocation(try .map(batch, operation.extent))
    step(
      LookUpKernel(rows: rows, width: width, count: batch * numbers.elementCount), [source, table, place])
    set(operation.id, place)
  }
}

extension TrainingBuilder {
  /// The gradient is the sum over all pictures.
  mutating func emitWeight(_ name: WeightName, _ result: Extent) throws(EngineError) -> ValueID {
    let parameter = try parameter(name.layer, name.weight)
    let weight = try vector(parameter)
    let count = result.elementCount
    let place = newLocation(try .map(batch, result))
    step(RepeatKernel(count: count, batch: batch), [weight, place])
    let output = newValue(result, at: place, needsGradient: isTrained(parameter))
    onBackward(of: output) { builder, gradient throws(EngineError) in
      let gradient = try builder.converted(gradient, to: place.descriptor)
      try builder.emitVectorGradient(parameter) { builder, target in
        builder.step(BatchSumKernel(count: count, batch: builder.batch), [gradient, target])
      }
    }
    return output
  }

  mutating func emitConstant(_ numbers: [Float], _ result: Extent) throws(EngineError) -> ValueID {
    let buffer = try AlignedBuffer(repeating: numbers, copies: batch)
    return newValue(result, at: constant(buffer, try .map(batch, result)), needsGradient: false)
  }

  /// The gradient of each row is the sum over all that read it; a number has none.
  mutating func emitLookUp(
    _ name: WeightName, rows: Int, _ input: ValueID, _ result: Extent
  ) throws(EngineError) -> ValueID {
    let parameter = try parameter(name.layer, name.weight)
    let source = try location(of: input, as: plain(input))
    let place = newLocation(try .map(batch, result))
    let kernel = LookUpKernel(
      rows: rows, width: result.channels, count: batch * values[input].extent.elementCount)
    step(kernel, [source, try vector(parameter), place])
    let output = newValue(result, at: place, needsGradient: isTrained(parameter))
    onBackward(of: output) { builder, gradient throws(EngineError) in
      let gradient = try builder.converted(gradient, to: place.descriptor)
      try builder.emitVectorGradient(parameter) { builder, target in
        builder.step(LookUpGradientKernel(kernel), [gradient, source, target])
      }
    }
    return output
  }
}

extension AlignedBuffer {
  fileprivate convenience init(repeating values: [Float], copies: Int) throws(EngineError) {
    try self.init(byteCount: values.count * copies * 4)
    for (index, value) in values.enumerated() {
      for copy in 0..<copies { floats[copy * values.count + index] = value }
    }
  }
}

private struct LookUpKernel: HostKernel {
  let rows: Int
  let width: Int
  let count: Int

  var name: String { "swift:look up" }

  /// `nil` for what is no number of a row, for which there are no values.
  func row(_ number: Float) -> Int? { number >= 0 && number < Float(rows) ? Int(number) : nil }

  func run(_ addresses: UnsafeBufferPointer<UnsafeMutableRawPointer>, _ share: Share) {
    let (numbers, table, target) = (addresses[0].floats(), addresses[1].floats(), addresses[2].floats())
    for index in share.range(of: count) {
      if let row = row(numbers[index]) {
        (target + index * width).update(from: table + row * width, count: width)
      } else {
        (target + index * width).update(repeating: .nan, count: width)
      }
    }
  }
}

private struct LookUpGradientKernel: HostKernel {
  let kernel: LookUpKernel

  init(_ kernel: LookUpKernel) { self.kernel = kernel }

  var name: String { "swift:look up gradient" }

  func run(_ addresses: UnsafeBufferPointer<UnsafeMutableRawPointer>, _ share: Share) {
    let (gradient, numbers, target) = (addresses[0].floats(), addresses[1].floats(), addresses[2].floats())
    let columns = share.range(of: kernel.width)
    for row in 0..<kernel.rows { for column in columns { target[row * kernel.width + column] = 0 } }
    for index in 0..<kernel.count {
      guard let number = kernel.row(numbers[index]) else { continue }
      let row = target + number * kernel.width
      for column in columns { row[column] += gradient[index * kernel.width + column] }
    }
  }
}

private struct RepeatKernel: HostKernel {
  let count: Int
  let batch: Int

  var name: String { "swift:repeat" }

  func run(_ addresses: UnsafeBufferPointer<UnsafeMutableRawPointer>, _ share: Share) {
    for image in share.range(of: batch) {
      addresses[1].floats(from: image * count).update(from: addresses[0].floats(), count: count)
    }
  }
}

private struct BatchSumKernel: HostKernel {
  let count: Int
  let batch: Int

  var name: String { "swift:sum of a batch" }

  func run(_ addresses: UnsafeBufferPointer<UnsafeMutableRawPointer>, _ share: Share) {
    let (source, target) = (addresses[0].floats(), addresses[1].floats())
    for index in share.range(of: count) {
      var sum: Float = 0
      for image in 0..<batch { sum += source[image * count + index] }
      target[index] = sum
    }
  }
}
