import Glibc
import ZooGraph

/// A function of each value that oneDNN does not have.
struct PointwiseOperation: PlainOperation {
  private let name: String
  private let value: @Sendable (Float) -> Float
  /// The function's derivative.
  private let slope: @Sendable (Float) -> Float
  private let count: Int

  init(_ function: ActivationFunction, count: Int) {
    name = function.name
    (value, slope) = function.pointwise
    self.count = count
  }

  init(_ function: ElementwiseFunction, count: Int) {
    name = "\(function)"
    (value, slope) = function.pointwise
    self.count = count
  }

  func emit<Builder: StepBuilder>(_ sources: [Location], to target: Location, in builder: inout Builder) {
    builder.step(PointwiseKernel(name: "swift:\(name)", value, builder.batch * count), [sources[0], target])
  }

  func emitGradient<Builder: StepBuilder>(
    of input: Int, _ gradient: Location, _ sources: [Location], _ result: Location, to target: Location,
    in builder: inout Builder
  ) {
    builder.step(
      SlopeKernel(name: "swift:\(name) gradient", slope, builder.batch * count),
      [gradient, sources[0], target])
  }
}

private struct PointwiseKernel: HostKernel {
  let name: String
  private let function: @Sendable (Float) -> Float
  private let count: Int

  init(name: String, _ function: @escaping @Sendable (Float) -> Float, _ count: Int) {
    self.name = name
    self.function = function
    self.count = count
  }

  func run(_ addresses: UnsafeBufferPointer<UnsafeMutableRawPointer>, _ share: Share) {
    let (source, target) = (addresses[0].floats(), addresses[1].floats())
    for index in share.range(of: count) { target[index] = function(source[index]) }
  }
}

private struct SlopeKernel: HostKernel {
  let name: String
  private let slope: @Sendable (Float) -> Float
  private let count: Int

  init(name: String, _ slope: @escaping @Sendable (Float) -> Float, _ count: Int) {
    self.name = name
    self.slope = slope
    self.count = count
  }

  func run(_ addresses: UnsafeBufferPointer<UnsafeMutableRawPointer>, _ share: Share) {
    let (gradient, source, target) = (addresses[0].floats(), addresses[1].floats(), addresses[2].floats())
    for index in share.range(of: count) { target[index] = gradient[index] * slope(source[index]) }
  }
}

private typealias Pointwise = (@Sendable (Float) -> Float, @Sendable (Float) -> Float)

extension ActivationFunction {
  /// The function and its derivative, where oneDNN does not have it.
  fileprivate var pointwise: Pointwise {
    switch self {
    case .rectifier(let maximum, let slope, let threshold):
      let (maximum, slope, threshold) = (Float(maximum ?? .infinity), Float(slope), Float(threshold))
      return (
        { $0 >= maximum ? maximum : $0 >= threshold ? $0 : slope * ($0 - threshold) },
        { $0 >= maximum ? 0 : $0 >= threshold ? 1 : slope }
      )
    case .softsign:
      return ({ $0 / (1 + abs($0)) }, { 1 / ((1 + abs($0)) * (1 + abs($0))) })
    case .logSigmoid:
      return ({ min($0, 0) - log1pf(expf(-abs($0))) }, { 1 / (1 + expf($0)) })
    case .squareplus(let b):
      let b = Float(b)
      return ({ ($0 + ($0 * $0 + b).squareRoot()) / 2 }, { (1 + $0 / ($0 * $0 + b).squareRoot()) / 2 })
    case .sparsePlus:
      return (
        { $0 <= -1 ? 0 : $0 >= 1 ? $0 : ($0 + 1) * ($0 + 1) / 4 },
        { $0 <= -1 ? 0 : $0 >= 1 ? 1 : ($0 + 1) / 2 }
      )
    case .sparseSigmoid:
      return ({ $0 <= -1 ? 0 : $0 >= 1 ? 1 : ($0 + 1) / 2 }, { abs($0) < 1 ? 0.5 : 0 })
    case .hardShrink(let threshold):
      let threshold = Float(threshold)
      return ({ abs($0) > threshold ? $0 : 0 }, { abs($0) > threshold ? 1 : 0 })
    case .softShrink(let threshold):
      let threshold = Float(threshold)
      return (
        { $0 > threshold ? $0 - threshold : $0 < -threshold ? $0 + threshold : 0 },
        { abs($0) > threshold ? 1 : 0 }
      )
    case .tanhShrink: return ({ $0 - tanhf($0) }, { tanhf($0) * tanhf($0) })
    case .threshold(let threshold, let value):
      let (threshold, value) = (Float(threshold), Float(value))
      return ({ $0 > threshold ? $0 : value }, { $0 > threshold ? 1 : 0 })
    case .linear, .relu, .relu6, .leakyReLU, .sigmoid, .tanh, .hardSigmoid, .hardSigmoidOfKeras2, .hardSilu,
      .hardTanh,
      .silu, .elu, .selu, .celu, .gelu, .softplus, .mish, .exponential, .softmax, .logSoftmax, .sparsemax,
      .glu:
      preconditionFailure("\(self) is not computed value by value, or oneDNN has it")
    }
  }
}

extension ElementwiseFunction {
  /// The function and its derivative.
  fileprivate var pointwise: Pointwise {
    switch self {
    case .absolute: return ({ abs($0) }, { $0 > 0 ? 1 : $0 < 0 ? -1 : 0 })
    case .square: return ({ $0 * $0 }, { 2 * $0 })
    case .squareRoot: return ({ $0.squareRoot() }, { 0.5 / $0.squareRoot() })
    case .reciprocalSquareRoot: return ({ 1 / $0.squareRoot() }, { -0.5 / ($0 * $0.squareRoot()) })
    case .reciprocal: return ({ 1 / $0 }, { -1 / ($0 * $0) })
    case .logarithm: return ({ logf($0) }, { 1 / $0 })
    case .sine: return ({ sinf($0) }, { cosf($0) })
    case .cosine: return ({ cosf($0) }, { -sinf($0) })
    case .sign: return ({ $0 > 0 ? 1 : $0 < 0 ? -1 : 0 }, { _ in 0 })
    case .floor: return ({ $0.rounded(.down) }, { _ in 0 })
    case .ceiling: return ({ $0.rounded(.up) }, { _ in 0 })
    case .round: return ({ $0.rounded(.toNearestOrEven) }, { _ in 0 })
    case .power(let exponent):
      let exponent = Float(exponent)
      return ({ powf($0, exponent) }, { exponent == 0 ? 0 : exponent * powf($0, exponent - 1) })
    case .exponentialOf(let base):
      let base = Float(base)
      return ({ powf(base, $0) }, { powf(base, $0) * logf(base) })
    case .clip(let least, let most):
      let (least, most) = (Float(least), Float(most))
      return ({ min(max($0, least), most) }, { $0 >= least && $0 <= most ? 1 : 0 })
    case .dividing(let number):
      let number = Float(number)
      return ({ number / $0 }, { -number / ($0 * $0) })
    case .remainder(let divisor):
      let divisor = Float(divisor)
      return ({ $0 - divisor * ($0 / divisor).rounded(.down) }, { _ in 1 })
    }
  }
}
