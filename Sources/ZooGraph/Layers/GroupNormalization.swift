/// Groups of channels of each picture brought to mean 0 and variance 1 (Wu and He, 2018).
public struct GroupNormalization: LayerKind {
  public static let className = "GroupNormalization"

  /// −1 for a group to each channel.
  public var groups: Int
  /// The axis of the channels, counted from a picture's first; `nil` for the last one.
  public var axis: Int?
  /// Added to the variance, so that nothing is divided by zero.
  public var epsilon: Double
  /// Whether a number is added to each channel.
  public var center: Bool
  /// Whether each channel has a factor.
  public var scale: Bool

  /// With Keras' arguments, under Keras' names.
  public init(
    groups: Int = 32, axis: Int? = nil, epsilon: Double = 1e-3, center: Bool = true, scale: Bool = true
  ) {
    self.groups = groups
    self.axis = axis
    self.epsilon = epsilon
    self.center = center
    self.scale = scale
  }

  public func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    let input = try single(inputs)
    try requireEpsilon(epsilon)
    let axis = axis ?? input.rank - 1
    guard input.dimensions.indices.contains(axis) else {
      throw GraphError("axis \(axis) is none of \(input)")
    }
    let channels = input.dimensions[axis]
    guard groups == -1 || groups > 0 && channels.isMultiple(of: groups) else {
      throw GraphError("groups (\(groups)) must divide the \(channels) channels")
    }
    return input
  }

  public func weights(for inputs: [Shape]) -> [WeightSpec] {
    let shape = [inputs[0].dimensions[axis ?? inputs[0].rank - 1]]
    return (scale ? [WeightSpec("gamma", shape, .scale)] : [])
      + (center ? [WeightSpec("beta", shape, .shift)] : [])
  }

  public func lower(_ inputs: [ValueID], in lowering: inout Lowering) throws(GraphError) -> ValueID {
    let input = lowering.shape(of: inputs[0])
    let axis = axis ?? input.rank - 1
    let channels = input.dimensions[axis]
    let count = groups == -1 ? channels : groups
    var grouped = input.dimensions
    grouped.replaceSubrange(axis...axis, with: [count, channels / count])
    let split = lowering.reshape(inputs[0], to: Shape(grouped))
    let members = grouped.indices.filter { $0 != axis }
    let normalized = lowering.normalize(split, .standard, axes: members, epsilon: epsilon)
    let whole = lowering.reshape(normalized, to: input)
    let weights = Shape(input.dimensions.indices.map { $0 == axis ? channels : 1 })
    return try lowering.scaleAndShift(
      whole, scale: scale ? "gamma" : nil, shift: center ? "beta" : nil, weights)
  }
}
