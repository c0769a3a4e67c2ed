/// Sets a share `rate` of the values to zero while training; does nothing in inference.
public struct Dropout: LayerKind {
  public static let className = "Dropout"

  /// The share of values that are dropped in training.
  public var rate: Double
  /// The axes along which all values are dropped or kept together, counted from a picture's first: Keras'
  /// `noise_shape` has 1 there. All axes: whole pictures, as stochastic depth drops them.
  public var sharedAxes: [Int]

  /// With Keras' arguments, under Keras' names.
  public init(rate: Double, sharedAxes: [Int] = []) {
    self.rate = rate
    self.sharedAxes = sharedAxes
  }

  enum CodingKeys: String, CodingKey {
    case rate
    case sharedAxes = "shared_axes"
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    rate = try container.decode(Double.self, forKey: .rate)
    // Files of before there were any do not name them.
    sharedAxes = try container.decodeIfPresent([Int].self, forKey: .sharedAxes) ?? []
  }

  public func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    guard rate >= 0, rate < 1 else { throw GraphError("rate must be at least 0 and below 1, found \(rate)") }
    let input = try single(inputs)
    guard sharedAxes.allSatisfy(input.dimensions.indices.contains) else {
      throw GraphError("the axes \(sharedAxes) are none of \(input)")
    }
    return input
  }

  public func lower(_ inputs: [ValueID], in lowering: inout Lowering) -> ValueID {
    let input = lowering.shape(of: inputs[0])
    let noise = Shape(input.dimensions.enumerated().map { sharedAxes.contains($0) ? 1 : $1 })
    return lowering.add(.dropout(rate: rate, shape: input, noise: noise), to: inputs[0])
  }

  public var isIdentity: Bool { true }
  public var isRandom: Bool { rate > 0 }
}
