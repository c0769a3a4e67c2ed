/// `(x − mean) / sqrt(variance)` with fixed numbers for each channel, or each step of other axes.
///
/// They are weights, which Keras counts from data, or numbers of the configuration.
public struct Normalization: AffineLayer {
  public static let className = "Normalization"

  /// One for all channels or one for each; `nil` where they are weights.
  public var mean: [Double]?
  /// Of each channel, where the layer has it as a parameter.
  public var variance: [Double]?
  /// Whether it does the inverse.
  public var invert: Bool
  /// The axes that have weights for each step, counted from a picture's first; none for one number for all, `nil` for
  /// the last one.
  public var axis: [Int]?

  /// With Keras' arguments, under Keras' names.
  public init(
    mean: [Double]? = nil, variance: [Double]? = nil, invert: Bool = false, axis: [Int]? = nil
  ) {
    self.mean = mean
    self.variance = variance
    self.invert = invert
    self.axis = axis
  }

  public func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    let input = try single(inputs)
    guard (mean == nil) == (variance == nil) else {
      throw GraphError("needs both 'mean' and 'variance', or none")
    }
    for numbers in [mean, variance].compactMap({ $0 }) {
      guard numbers.count == 1 || numbers.count == input.channels, numbers.allSatisfy(\.isFinite) else {
        throw GraphError("takes one number, or one for each of \(input.channels) channels, found \(numbers)")
      }
    }
    guard variance?.allSatisfy({ $0 >= 0 }) ?? true else {
      throw GraphError("'variance' must not be negative")
    }
    guard input.rank > 0, axes(of: input).allSatisfy(input.dimensions.indices.contains) else {
      throw GraphError("the axes \(axes(of: input)) are none of \(input)")
    }
    return input
  }

  public func weights(for inputs: [Shape]) -> [WeightSpec] {
    guard mean == nil else { return [] }
    let shape = axes(of: inputs[0]).map { inputs[0].dimensions[$0] }
    return [
      WeightSpec("mean", shape, .mean), WeightSpec("variance", shape, .variance),
      WeightSpec("count", [], .counter),
    ]
  }

  private func axes(of input: Shape) -> [Int] { axis ?? [input.rank - 1] }

  public func lower(_ inputs: [ValueID], in lowering: inout Lowering) throws(GraphError) -> ValueID {
    if let affine {
      return lowering.add(.affine([.constants(scale: affine.scale, shift: affine.shift)]), to: inputs[0])
    }
    guard axis != nil else {
      return lowering.add(.affine([.statistics(layer: lowering.owner, inverted: invert)]), to: inputs[0])
    }
    let input = lowering.shape(of: inputs[0])
    let axes = axes(of: input)
    let shape = Shape(input.dimensions.indices.map { axes.contains($0) ? input.dimensions[$0] : 1 })
    let mean = lowering.weight("mean", shape)
    let root = lowering.add(.elementwise(.squareRoot), to: lowering.weight("variance", shape))
    let deviation = lowering.apply(.threshold(Self.epsilon, value: Self.epsilon), to: root)
    if invert {
      return try lowering.combine(.add, lowering.combine(.multiply, inputs[0], deviation), mean)
    }
    return try lowering.combine(.divide, lowering.combine(.subtract, inputs[0], mean), deviation)
  }

  /// The factor and the number added, where they are known without weights.
  public var affine: (scale: [Double], shift: [Double])? {
    guard let mean, let variance else { return nil }
    let count = max(mean.count, variance.count)
    let centres = mean.count == count ? mean : Array(repeating: mean[0], count: count)
    let widths = (variance.count == count ? variance : Array(repeating: variance[0], count: count))
      .map { max($0.squareRoot(), Self.epsilon) }
    let scale = invert ? widths : widths.map { 1 / $0 }
    let shift = zip(centres, widths).map { invert ? $0 : -$0 / $1 }
    return (scale, shift)
  }

  /// Keras' `backend.epsilon()`, below which no deviation is taken.
  public static let epsilon = 1e-7
}
