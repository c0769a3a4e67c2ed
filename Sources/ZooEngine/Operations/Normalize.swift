import ZooGraph

/// Groups of values brought to a common size.
struct NormalizeOperation: PlainOperation {
  private let moments: Moments
  private let count: Int

  init(_ moments: Moments, _ source: Shape) {
    self.moments = moments
    count = source.elementCount ?? 0
  }

  func emit<Builder: StepBuilder>(_ sources: [Location], to target: Location, in builder: inout Builder) {
    builder.step(NormalizeKernel(moments, count, builder.batch), [sources[0], target])
  }

  func emitGradient<Builder: StepBuilder>(
    of input: Int, _ gradient: Location, _ sources: [Location], _ result: Location, to target: Location,
    in builder: inout Builder
  ) {
    builder.step(
      NormalizeGradientKernel(moments, count, builder.batch), [gradient, sources[0], result, target])
  }
}

/// What both directions have in common: the groups, and the size of one.
private struct Groups: Sendable {
  let function: Moments.Function
  let groups: StridedLoop
  let members: StridedLoop
  let epsilon: Float
  let count: Int
  let batch: Int

  init(_ moments: Moments, _ count: Int, _ batch: Int) {
    function = moments.function
    groups = StridedLoop([moments.groups])
    members = StridedLoop([moments.members])
    epsilon = Float(moments.epsilon)
    self.count = count
    self.batch = batch
  }

  var size: Float { Float(members.runs * members.length) }

  /// Calls `body` with where each group begins.
  @inline(__always)
  func forEach(_ share: Share, _ body: (Int) -> Void) {
    let (each, step) = (groups.runs * groups.length, groups.steps[0])
    var tasks = share.range(of: batch * each)
    while let task = tasks.first {
      let (image, group) = (task / each, task % each)
      let (run, first) = (group / groups.length, group % groups.length)
      let last = min(first + tasks.count, groups.length)
      groups.forEach(run..<run + 1) { offsets in
        for index in first..<last { body(image * count + offsets[0] + index * step) }
      }
      tasks = tasks.dropFirst(last - first)
    }
  }

  @inline(__always)
  func sum(_ body: (Int) -> Float) -> Float {
    var whole: Float = 0
    let step = members.steps[0]
    members.forEach(0..<members.runs) { offsets in
      let start = offsets[0]
      var part: Float = 0
      for index in 0..<members.length { part += body(start + index &* step) }
      whole += part
    }
    return whole
  }

  @inline(__always)
  func forEachMember(_ body: (Int) -> Void) {
    let step = members.steps[0]
    members.forEach(0..<members.runs) { offsets in
      let start = offsets[0]
      for index in 0..<members.length { body(start + index &* step) }
    }
  }

  /// What is taken from each value, and what it is multiplied with then.
  @inline(__always)
  func moments(of values: some GroupValues) -> (mean: Float, factor: Float) {
    switch function {
    case .standard, .deviation:
      let mean = values.sum { $0 } / size
      let variance = values.sum { ($0 - mean) * ($0 - mean) } / size
      return (function == .standard ? mean : 0, 1 / (variance + epsilon).squareRoot())
    case .rootMeanSquare:
      return (0, 1 / (values.sum { $0 * $0 } / size + epsilon).squareRoot())
    case .unitLength:
      return (0, 1 / max(values.sum { $0 * $0 }, epsilon).squareRoot())
    }
  }
}

/// The values of one group.
private protocol GroupValues {
  typealias Values = SIMD16<Float>

  func sum(_ body: (Values) -> Values) -> Float
}

/// Values that lie anywhere, one at a time.
private struct ScatteredValues: GroupValues {
  let start: UnsafeMutablePointer<Float>
  let groups: Groups

  @inline(__always)
  func sum(_ body: (Values) -> Values) -> Float { groups.sum { body(Values(repeating: start[$0]))[0] } }
}

private struct NormalizeKernel: HostKernel {
  let groups: Groups
  private let isDense: Bool

  init(_ moments: Moments, _ count: Int, _ batch: Int) {
    groups = Groups(moments, count, batch)
    isDense = groups.members.runs == 1 && groups.members.steps[0] == 1
  }

  var name: String { "swift:normalize" }

  func run(_ addresses: UnsafeBufferPointer<UnsafeMutableRawPointer>, _ share: Share) {
    if isDense { return runDense(addresses, share) }
    groups.forEach(share) { start in
      let (source, target) = (addresses[0].floats(from: start), addresses[1].floats(from: start))
      let (mean, factor) = groups.moments(of: ScatteredValues(start: source, groups: groups))
      groups.forEachMember { target[$0] = (source[$0] - mean) * factor }
    }
  }
}

// MARK: Groups whose members lie one behind the other

extension NormalizeKernel {
  private func runDense(_ addresses: UnsafeBufferPointer<UnsafeMutableRawPointer>, _ share: Share) {
    let length = groups.members.length
    groups.forEach(share) { start in
      let values = DenseValues(addresses[0].floats(from: start), length)
      let (mean, factor) = groups.moments(of: values)
      values.map(to: addresses[1].floats(from: start)) { ($0 - mean) * factor }
    }
  }
}

/// Values one behind the other, sixteen at a time. Sums have as many parts, which compilers do not make of a single one.
private struct DenseValues: GroupValues {
  let start: UnsafeMutablePointer<Float>
  let count: Int

  @inline(__always)
  init(_ start: UnsafeMutablePointer<Float>, _ count: Int) { (self.start, self.count) = (start, count) }

  @inline(__always)
  func sum(_ body: (Values) -> Values) -> Float {
    var sums = Values()
    let whole = count / 16 * 16
    for index in stride(from: 0, to: whole, by: 16) {
      sums += body(UnsafeRawPointer(start + index).loadUnaligned(as: Values.self))
    }
    var sum = sums.sum()
    for index in whole..<count { sum += body(Values(repeating: start[index]))[0] }
    return sum
  }

  @inline(__always)
  func map(to target: UnsafeMutablePointer<Float>, _ body: (Values) -> Values) {
    let whole = count / 16 * 16
    for index in stride(from: 0, to: whole, by: 16) {
      let values = UnsafeRawPointer(start + index).loadUnaligned(as: Values.self)
      UnsafeMutableRawPointer(target + index).storeBytes(of: body(values), as: Values.self)
    }
    for index in whole..<count { target[index] = body(Values(repeating: start[index]))[0] }
  }
}

/// With the result y, the size's part in the gradient is what the gradient and y have in common.
private struct NormalizeGradientKernel: HostKernel {
  let groups: Groups

  init(_ moments: Moments, _ count: Int, _ batch: Int) { groups = Groups(moments, count, batch) }

  var name: String { "swift:normalize gradient" }

  func run(_ addresses: UnsafeBufferPointer<UnsafeMutableRawPointer>, _ share: Share) {
    groups.forEach(share) { start in
      let (gradient, source) = (addresses[0].floats(from: start), addresses[1].floats(from: start))
      let (result, target) = (addresses[2].floats(from: start), addresses[3].floats(from: start))
      let factor = groups.moments(of: ScatteredValues(start: source, groups: groups)).factor
      let common = groups.sum { gradient[$0] * result[$0] }
      switch groups.function {
      case .standard:
        let mean = groups.sum { gradient[$0] } / groups.size
        let share = common / groups.size
        groups.forEachMember { target[$0] = (gradient[$0] - mean - result[$0] * share) * factor }
      case .deviation:
        let mean = groups.sum { source[$0] } / groups.size
        let share = common * factor / groups.size
        groups.forEachMember { target[$0] = (gradient[$0] - (source[$0] - mean) * share) * factor }
      case .rootMeanSquare:
        let share = common / groups.size
        groups.forEachMember { target[$0] = (gradient[$0] - result[$0] * share) * factor }
      case .unitLength:
        // Below epsilon the size is a constant.
        let share = groups.sum { source[$0] * source[$0] } > groups.epsilon ? common : 0
        groups.forEachMember { target[$0] = (gradient[$0] - result[$0] * share) * factor }
      }
    }
  }
}
