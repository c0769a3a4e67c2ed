/// How pixels between pixels are made.
public enum Interpolation: String, Sendable, Codable {
  /// By the nearest pixel, by two along each axis, or by four.
  case nearest, bilinear, bicubic
}

/// How each pixel of a resized row, or column, is put together: weights of neighbours, from `first` on.
public struct Resampling: Sendable, Hashable {
  /// Where a pixel of the result comes from.
  public struct Pixel: Sendable, Hashable {
    /// The first pixel of the source that counts.
    public var first: Int
    /// The shares of that pixel and the next ones.
    public var weights: [Float]
  }

  /// For each pixel of the result along one axis.
  public var pixels: [Pixel]
}

extension Lowering {
  /// A map of another size.
  mutating func resize(
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
  package init(from input: Int, to output: Int, _ interpolation: Interpolation) {
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
