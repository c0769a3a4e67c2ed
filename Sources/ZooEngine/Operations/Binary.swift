import Glibc
import ZooGraph

/// Two tensors taken together value by value, with repetition.
struct BinaryOperation: PlainOperation {
  private let function: BinaryFunction
  /// Over the result: where a value lies in it, in the first and in the second input.
  private let loop: StridedLoop
  private let counts: [Int]

  init(_ function: BinaryFunction, _ broadcast: Broadcast, _ inputs: [Shape]) {
    self.function = function
    let result = Shape(broadcast.first.map(\.count))
    loop = StridedLoop([result.axes, broadcast.first, broadcast.second])
    counts = [result.elementCount ?? 0] + inputs.map { $0.elementCount ?? 0 }
  }

  func emit<Builder: StepBuilder>(_ sources: [Location], to target: Location, in builder: inout Builder) {
    let kernel = BinaryKernel(function: function, loop: loop, batch: builder.batch, counts: counts)
    builder.step(kernel, [target, sources[0], sources[1]])
  }

  func emitGradient<Builder: StepBuilder>(
    of input: Int, _ gradient: Location, _ sources: [Location], _ result: Location, to target: Location,
    in builder: inout Builder
  ) {
    let kernel = BinaryGradientKernel(
      function: function, input: input, loop: loop, batch: builder.batch, counts: counts)
    builder.step(kernel, [gradient, sources[0], sources[1], target])
  }
}

private struct BinaryKernel: HostKernel {
  let function: BinaryFunction
  let loop: StridedLoop
  let batch: Int
  let counts: [Int]

  var name: String { "swift:\(function.rawValue)" }

  func run(_ addresses: UnsafeBufferPointer<UnsafeMutableRawPointer>, _ share: Share) {
    switch function {
    case .add: walk(addresses, share) { $0 + $1 }
    case .subtract: walk(addresses, share) { $0 - $1 }
    case .multiply: walk(addresses, share) { $0 * $1 }
    case .divide: walk(addresses, share) { $0 / $1 }
    case .power: walk(addresses, share) { powf($0, $1) }
    case .maximum: walk(addresses, share) { $0 > $1 ? $0 : $1 }
    case .minimum: walk(addresses, share) { $0 < $1 ? $0 : $1 }
    }
  }

  @inline(__always)
  private func walk(
    _ addresses: UnsafeBufferPointer<UnsafeMutableRawPointer>, _ share: Share, _ body: (Float, Float) -> Float
  ) {
    let (runs, length) = (loop.runs, loop.length)
    let (left, right) = (loop.steps[1], loop.steps[2])
    let range = share.range(of: batch * runs)
    guard !range.isEmpty else { return }
    for image in range.lowerBound / runs...(range.upperBound - 1) / runs {
      let part = max(range.lowerBound - image * runs, 0)..<min(range.upperBound - image * runs, runs)
      let target = addresses[0].floats(from: image * counts[0])
      let first = addresses[1].floats(from: image * counts[1])
      let second = addresses[2].floats(from: image * counts[2])
      loop.forEach(part) { offsets in
        let (target, first, second) = (target + offsets[0], first + offsets[1], second + offsets[2])
        // Constant strides let the compiler use vectors.
        switch (left, right) {
        case (1, 1): for index in 0..<length { target[index] = body(first[index], second[index]) }
        case (1, 0):
          let number = second.pointee
          for index in 0..<length { target[index] = body(first[index], number) }
        default:
          for index in 0..<length { target[index] = body(first[index &* left], second[index &* right]) }
        }
      }
    }
  }
}

/// The gradient of one operand: that of the result times the function's slope, summed up where it was repeated.
private struct BinaryGradientKernel: HostKernel {
  let function: BinaryFunction
  let input: Int
  let loop: StridedLoop
  let batch: Int
  let counts: [Int]

  var name: String { "swift:\(function.rawValue) gradient" }

  func run(_ addresses: UnsafeBufferPointer<UnsafeMutableRawPointer>, _ share: Share) {
    let count = counts[input + 1]
    let (left, right) = (loop.steps[1], loop.steps[2])
    for image in share.range(of: batch) {
      let gradient = addresses[0].floats(from: image * counts[0])
      let first = addresses[1].floats(from: image * counts[1])
      let second = addresses[2].floats(from: image * counts[2])
      let target = addresses[3].floats(from: image * count)
      target.update(repeating: 0, count: count)
      loop.forEach(0..<loop.runs) { offsets in
        let (gradient, first, second) = (gradient + offsets[0], first + offsets[1], second + offsets[2])
        let place = target + offsets[input + 1]
        let step = input == 0 ? left : right
        for index in 0..<loop.length {
          place[index * step] += gradient[index] * slope(first[index * left], second[index * right])
        }
      }
    }
  }

  private func slope(_ first: Float, _ second: Float) -> Float {
    switch (function, input) {
    case (.add, _), (.subtract, 0): 1
    case (.subtract, _): -1
    case (.multiply, 0): second
    case (.multiply, _): first
    case (.divide, 0): 1 / second
    case (.divide, _): -first / (second * second)
    case (.power, 0): second == 0 ? 0 : second * powf(first, second - 1)
    case (.power, _): first > 0 ? powf(first, second) * logf(first) : 0
    // Of equal ones the first gets all, as in TensorFlow.
    case (.maximum, 0): first >= second ? 1 : 0
    case (.maximum, _): first >= second ? 0 : 1
    case (.minimum, 0): first <= second ? 1 : 0
    case (.minimum, _): first <= second ? 0 : 1
    }
  }
}
