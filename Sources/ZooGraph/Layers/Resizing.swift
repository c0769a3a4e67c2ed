/// How pixels between pixels are made.
public enum Interpolation: String, Sendable, Codable {
  case nearest, bilinear, bicubic
}

/// A map of another size, as `tf.image.resize` makes it, without smoothing.
public struct Resizing: LayerKind {
  public static let className = "Resizing"

  public var height: Int
  public var width: Int
  public var interpolation: Interpolation

  public init(height: Int, width: Int, interpolation: Interpolation = .bilinear) {
    self.height = height
    self.width = width
    self.interpolation = interpolation
  }

  public func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    let input = try singleMap(inputs)
    try require("height", height)
    try require("width", width)
    return .map(height, width, input.channels)
  }

  public func lower(_ inputs: [ValueID], in lowering: inout Lowering) -> ValueID {
    lowering.resize(inputs[0], to: Size2D(height, width), interpolation)
  }
}

/// A map whose rows and columns are several times as many.
public struct UpSampling2D: LayerKind {
  public static let className = "UpSampling2D"

  public var size: Size2D
  public var interpolation: Interpolation

  public init(size: Size2D = Size2D(2), interpolation: Interpolation = .nearest) {
    self.size = size
    self.interpolation = interpolation
  }

  public func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    let input = try singleMap(inputs)
    try requireWindow(size, Size2D(1))
    return .map(input.height * size.height, input.width * size.width, input.channels)
  }

  public func lower(_ inputs: [ValueID], in lowering: inout Lowering) -> ValueID {
    let input = lowering.shape(of: inputs[0])
    let target = Size2D(input.height * size.height, input.width * size.width)
    guard interpolation == .nearest else { return lowering.resize(inputs[0], to: target, interpolation) }
    let axes = input.axes
    let repeated = [
      axes[0], Axis(size.height, stride: 0), axes[1], Axis(size.width, stride: 0), axes[2],
    ]
    return lowering.add(
      .rearrange(Rearrangement(repeated)), inputs, .map(target.height, target.width, input.channels))
  }
}

extension Lowering {
  fileprivate mutating func resize(
    _ input: ValueID, to size: Size2D, _ interpolation: Interpolation
  ) -> ValueID {
    let shape = shape(of: input)
    let kind = LoweredOperation.Kind.resize(
      rows: Resampling(from: shape.height, to: size.height, interpolation),
      columns: Resampling(from: shape.width, to: size.width, interpolation))
    return add(kind, [input], .map(size.height, size.width, shape.channels))
  }
}

extension Resampling {
  /// Pixels are squares whose centres lie half a pixel from their edges.
  init(from input: Int, to output: Int, _ interpolation: Interpolation) {
    let scale = Float(input) / Float(output)
    pixels = (0..<output).map { index in
      switch interpolation {
      case .nearest:
        let position = min(Int(((Float(index) + 0.5) * scale).rounded(.down)), input - 1)
        return Pixel(first: position, weights: [1])
      case .bilinear: return Pixel(linear: (Float(index) + 0.5) * scale - 0.5, within: input)
      case .bicubic: return Pixel(cubic: (Float(index) + 0.5) * scale - 0.5, within: input)
      }
    }
  }
}

extension Resampling.Pixel {
  fileprivate init(linear position: Float, within count: Int) {
    let below = position.rounded(.down)
    let first = max(Int(below), 0)
    let last = min(Int(below) + 1, count - 1)
    let share = position - below
    self = first == last ? Self(first: first, weights: [1]) : Self(first: first, weights: [1 - share, share])
  }

  /// Keys' cubic with a = −1/2; what lies outside of the picture does not count. Positions are rounded to a 1024th of a
  /// pixel, as in TensorFlow's `resize_bicubic_op.cc`, which has a table of so many.
  fileprivate init(cubic position: Float, within count: Int) {
    let below = Int(position.rounded(.down))
    let share = ((position - Float(below)) * 1_024).rounded(.toNearestOrEven) / 1_024
    let position = Float(below) + share
    let neighbours = (below - 1...below + 2).filter { (0..<count).contains($0) }
    let weights = neighbours.map { Self.keys(abs(Float($0) - position)) }
    let sum = weights.reduce(0, +)
    self.init(first: neighbours[0], weights: weights.map { $0 / sum })
  }

  private static func keys(_ distance: Float) -> Float {
    let a: Float = -0.5
    return distance <= 1
      ? ((a + 2) * distance - (a + 3)) * distance * distance + 1
      : ((a * distance - 5 * a) * distance + 8 * a) * distance - 4 * a
  }
}
