/// `x · scale + offset`, with one number for all channels or one for each.
public struct Rescaling: AffineLayer {
  public static let className = "Rescaling"

  /// Factors: one, or one for each channel.
  public var scale: [Double]
  /// Added after that: one, or one for each channel.
  public var offset: [Double]

  /// With Keras' arguments, under Keras' names.
  public init(scale: Double, offset: Double = 0) {
    self.init(scale: [scale], offset: [offset])
  }

  /// With Keras' arguments, under Keras' names.
  public init(scale: [Double], offset: [Double]) {
    self.scale = scale
    self.offset = offset
  }

  /// Both, for whoever does it at another place.
  public var affine: (scale: [Double], shift: [Double])? { (scale, offset) }

  /// Whether it is this with one number for all channels.
  public func isUniform(scale: Double, offset: Double) -> Bool {
    self == Rescaling(scale: scale, offset: offset)
  }

  public func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    guard (scale + offset).allSatisfy(\.isFinite) else {
      throw GraphError("scale and offset must be finite, found \(scale) and \(offset)")
    }
    let input = try single(inputs)
    for count in [scale.count, offset.count] where count != 1 && count != input.channels {
      throw GraphError("takes one number, or one for each of \(input.channels) channels, found \(count)")
    }
    return input
  }

  public func lower(_ inputs: [ValueID], in lowering: inout Lowering) -> ValueID {
    lowering.add(.affine([.constants(scale: scale, shift: offset)]), to: inputs[0])
  }
}

extension Rescaling {
  private enum CodingKeys: CodingKey { case scale, offset }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    func numbers(_ key: CodingKeys) throws -> [Double] {
      if let number = try? container.decode(Double.self, forKey: key) { return [number] }
      return try container.decode([Double].self, forKey: key)
    }
    self.init(scale: try numbers(.scale), offset: try numbers(.offset))
  }

  /// One number is written as such.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    for (key, numbers) in [(CodingKeys.scale, scale), (.offset, offset)] {
      if numbers.count == 1 {
        try container.encode(numbers[0], forKey: key)
      } else {
        try container.encode(numbers, forKey: key)
      }
    }
  }
}
