/// A part of a tensor, as `x[:, 1:-1, ::2]` writes it.
public struct Slice: LayerKind {
  public static let className = "Slice"

  /// Of one axis: where it starts, how many steps there are, how long a step is.
  public struct Part: Sendable, Codable, Equatable {
    /// The first place that is taken.
    public var start: Int
    /// How many places are taken.
    public var count: Int
    /// Below 0 for backwards.
    public var step: Int
    /// Whether the axis vanishes, of which one step is taken.
    public var isDropped: Bool

    /// A part of one axis.
    public init(start: Int, count: Int, step: Int = 1, isDropped: Bool = false) {
      self.start = start
      self.count = count
      self.step = step
      self.isDropped = isDropped
    }

    enum CodingKeys: String, CodingKey {
      case start, count, step
      case isDropped = "is_dropped"
    }
  }

  /// For each axis of a picture.
  public var parts: [Part]

  /// With Keras' arguments, under Keras' names.
  public init(parts: [Part]) { self.parts = parts }

  public func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    let input = try single(inputs)
    guard parts.count == input.rank else {
      throw GraphError("has \(parts.count) parts for the \(input.rank) axes of \(input)")
    }
    for (part, count) in zip(parts, input.dimensions) {
      try require("count", part.count)
      guard part.step != 0, abs(part.step) <= Limit.dimension, !part.isDropped || part.count == 1,
        (0..<count).contains(part.start), (0..<count).contains(part.start + (part.count - 1) * part.step)
      else {
        throw GraphError("\(part.count) steps of \(part.step) from \(part.start) are not within \(count)")
      }
    }
    return Shape(parts.filter { !$0.isDropped }.map(\.count))
  }

  public func lower(_ inputs: [ValueID], in lowering: inout Lowering) -> ValueID {
    let axes = lowering.shape(of: inputs[0]).axes
    let offset = zip(axes, parts).reduce(0) { $0 + $1.0.stride * $1.1.start }
    let taken = zip(axes, parts).filter { !$1.isDropped }.map { Axis($1.count, stride: $0.stride * $1.step) }
    return lowering.add(
      .rearrange(Rearrangement(taken, offset: offset)), inputs, Shape(taken.map(\.count)))
  }
}
