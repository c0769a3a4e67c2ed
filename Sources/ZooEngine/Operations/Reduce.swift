import ZooGraph

/// One number of many.
struct ReduceOperation: PlainOperation {
  private let function: Reduction.Function
  private let kept: StridedLoop
  private let reduced: StridedLoop
  private let sourceCount: Int

  init(_ reduction: Reduction, _ source: Shape) {
    function = reduction.function
    let result = Shape(reduction.kept.map(\.count))
    kept = StridedLoop([reduction.kept, result.axes])
    reduced = StridedLoop([reduction.reduced])
    sourceCount = source.elementCount ?? 0
  }

  func emit<Builder: StepBuilder>(_ sources: [Location], to target: Location, in builder: inout Builder) {
    let kernel = ReduceKernel(
      function: function, kept: kept, reduced: reduced, sourceCount: sourceCount, batch: builder.batch)
    builder.step(kernel, [sources[0], target])
  }

  func emitGradient<Builder: StepBuilder>(
    of input: Int, _ gradient: Location, _ sources: [Location], _ result: Location, to target: Location,
    in builder: inout Builder
  ) {
    let kernel = ReduceGradientKernel(
      function: function, kept: kept, reduced: reduced, sourceCount: sourceCount, batch: builder.batch)
    builder.step(kernel, [gradient, sources[0], result, target])
  }
}

private struct ReduceKernel: HostKernel {
  let function: Reduction.Function
  let kept: StridedLoop
  let reduced: StridedLoop
  let sourceCount: Int
  let batch: Int

  var name: String { "swift:\(function.rawValue)" }

  func run(_ addresses: UnsafeBufferPointer<UnsafeMutableRawPointer>, _ share: Share) {
    let resultCount = kept.runs * kept.length
    let count = Float(reduced.runs * reduced.length)
    for task in share.range(of: batch * kept.runs) {
      let (image, run) = (task / kept.runs, task % kept.runs)
      let source = addresses[0].floats(from: image * sourceCount)
      let target = addresses[1].floats(from: image * resultCount)
      kept.forEach(run..<run + 1) { offsets in
        for index in 0..<kept.length {
          let first = source + offsets[0] + index * kept.steps[0]
          let place = target + offsets[1] + index * kept.steps[1]
          switch function {
          case .sum: place.pointee = fold(first, 0) { $0 + $1 }
          case .mean: place.pointee = fold(first, 0) { $0 + $1 } / count
          case .maximum: place.pointee = fold(first, -.infinity) { $0 > $1 ? $0 : $1 }
          case .minimum: place.pointee = fold(first, .infinity) { $0 < $1 ? $0 : $1 }
          case .product: place.pointee = fold(first, 1) { $0 * $1 }
          }
        }
      }
    }
  }

  /// Run by run, so that rounding errors stay small.
  @inline(__always)
  private func fold(_ source: UnsafeMutablePointer<Float>, _ start: Float, _ body: (Float, Float) -> Float)
    -> Float
  {
    var whole = start
    let step = reduced.steps[0]
    reduced.forEach(0..<reduced.runs) { offsets in
      let values = source + offsets[0]
      var part = start
      for index in 0..<reduced.length { part = body(part, values[index &* step]) }
      whole = body(whole, part)
    }
    return whole
  }
}

/// Each value's share in the gradient of its result. Equal largest, or smallest, ones share evenly.
private struct ReduceGradientKernel: HostKernel {
  let function: Reduction.Function
  let kept: StridedLoop
  let reduced: StridedLoop
  let sourceCount: Int
  let batch: Int

  var name: String { "swift:\(function.rawValue) gradient" }

  func run(_ addresses: UnsafeBufferPointer<UnsafeMutableRawPointer>, _ share: Share) {
    let resultCount = kept.runs * kept.length
    for task in share.range(of: batch * kept.runs) {
      let (image, run) = (task / kept.runs, task % kept.runs)
      kept.forEach(run..<run + 1) { offsets in
        for index in 0..<kept.length {
          let from = image * sourceCount + offsets[0] + index * kept.steps[0]
          let to = image * resultCount + offsets[1] + index * kept.steps[1]
          spread(
            addresses[0].floats(from: to).pointee, addresses[1].floats(from: from),
            addresses[2].floats(from: to).pointee, addresses[3].floats(from: from))
        }
      }
    }
  }

  private func spread(
    _ gradient: Float, _ source: UnsafeMutablePointer<Float>, _ result: Float,
    _ target: UnsafeMutablePointer<Float>
  ) {
    switch function {
    case .sum: forEach { target[$0] = gradient }
    case .mean:
      let part = gradient / Float(reduced.runs * reduced.length)
      forEach { target[$0] = part }
    case .maximum, .minimum:
      var equal: Float = 0
      forEach { if source[$0] == result { equal += 1 } }
      forEach { target[$0] = source[$0] == result ? gradient / equal : 0 }
    case .product:
      forEach { index in
        var others: Float = 1
        forEach { if $0 != index { others *= source[$0] } }
        target[index] = gradient * others
      }
    }
  }

  private func forEach(_ body: (Int) -> Void) {
    reduced.forEach(0..<reduced.runs) { offsets in
      for index in 0..<reduced.length { body(offsets[0] + index * reduced.steps[0]) }
    }
  }
}
