/// Each picture's values along some axes brought to mean 0 and variance 1 (Ba et al., 2016).
public struct LayerNormalization: LayerKind {
  public static let className = "LayerNormalization"

  /// Counted from a picture's first, in rising order; `nil` for the last one.
  public var axis: [Int]?
  public var epsilon: Double
  /// Whether there is a `beta`.
  public var center: Bool
  /// Whether there is a `gamma`.
  public var scale: Bool
  /// Whether values are divided by their deviation only, times `gamma`. (Keras takes the deviation from the mean, which
  /// it does not take away.)
  public var rmsScaling: Bool

  public init(
    axis: [Int]? = nil, epsilon: Double = 1e-3, center: Bool = true, scale: Bool = true,
    rmsScaling: Bool = false
  ) {
    self.axis = axis
    self.epsilon = epsilon
    self.center = center
    self.scale = scale
    self.rmsScaling = rmsScaling
  }

  enum CodingKeys: String, CodingKey {
    case axis, epsilon, center, scale
    case rmsScaling = "rms_scaling"
  }

  public func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    let input = try single(inputs)
    try requireEpsilon(epsilon)
    let axes = axes(of: input)
    guard !axes.isEmpty, axes == Array(Set(axes)).sorted(), axes.allSatisfy(input.dimensions.indices.contains)
    else {
      throw GraphError("the axes \(axes) are none of \(input)")
    }
    return input
  }

  public func weights(for inputs: [Shape]) -> [WeightSpec] {
    let shape = axes(of: inputs[0]).map { inputs[0].dimensions[$0] }
    let gamma = WeightSpec("gamma", shape, .scale)
    if rmsScaling { return [gamma] }
    return (scale ? [gamma] : []) + (center ? [WeightSpec("beta", shape, .shift)] : [])
  }

  public func lower(_ inputs: [ValueID], in lowering: inout Lowering) throws(GraphError) -> ValueID {
    let input = lowering.shape(of: inputs[0])
    let axes = axes(of: input)
    let normalized = lowering.normalize(
      inputs[0], rmsScaling ? .deviation : .standard, axes: axes, epsilon: epsilon)
    let weights = Shape(input.dimensions.indices.map { axes.contains($0) ? input.dimensions[$0] : 1 })
    return try lowering.scaleAndShift(
      normalized, scale: scale || rmsScaling ? "gamma" : nil, shift: center && !rmsScaling ? "beta" : nil,
      weights)
  }

  private func axes(of input: Shape) -> [Int] { axis ?? [input.rank - 1] }
}

/// Values along some axes divided by the root of their mean square, times `scale` (Zhang and Sennrich, 2019).
public struct RMSNormalization: LayerKind {
  public static let className = "RMSNormalization"

  /// Counted from a picture's first, in rising order; `nil` for the last one.
  public var axis: [Int]?
  public var epsilon: Double

  public init(axis: [Int]? = nil, epsilon: Double = 1e-6) {
    self.axis = axis
    self.epsilon = epsilon
  }

  public func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    try LayerNormalization(axis: axis, epsilon: epsilon).outputShape(of: inputs)
  }

  public func weights(for inputs: [Shape]) -> [WeightSpec] {
    [WeightSpec("scale", (axis ?? [inputs[0].rank - 1]).map { inputs[0].dimensions[$0] }, .scale)]
  }

  public func lower(_ inputs: [ValueID], in lowering: inout Lowering) throws(GraphError) -> ValueID {
    let input = lowering.shape(of: inputs[0])
    let axes = axis ?? [input.rank - 1]
    let normalized = lowering.normalize(inputs[0], .rootMeanSquare, axes: axes, epsilon: epsilon)
    let weights = Shape(input.dimensions.indices.map { axes.contains($0) ? input.dimensions[$0] : 1 })
    return try lowering.scaleAndShift(normalized, scale: "scale", shift: nil, weights)
  }
}

/// Values along some axes divided by the root of the sum of their squares.
public struct UnitNormalization: LayerKind {
  public static let className = "UnitNormalization"

  /// Counted from a picture's first; `nil` for the last one.
  public var axis: [Int]?

  public init(axis: [Int]? = nil) { self.axis = axis }

  public func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    let input = try single(inputs)
    let axes = axis ?? [input.rank - 1]
    guard !axes.isEmpty, axes.allSatisfy(input.dimensions.indices.contains) else {
      throw GraphError("the axes \(axes) are none of \(input)")
    }
    return input
  }

  public func lower(_ inputs: [ValueID], in lowering: inout Lowering) -> ValueID {
    let axes = axis ?? [lowering.shape(of: inputs[0]).rank - 1]
    // As `normalize` in `keras/src/ops/nn.py`.
    return lowering.normalize(inputs[0], .unitLength, axes: axes, epsilon: 1e-12)
  }
}

/// Groups of channels of each picture brought to mean 0 and variance 1 (Wu and He, 2018).
public struct GroupNormalization: LayerKind {
  public static let className = "GroupNormalization"

  /// −1 for a group to each channel.
  public var groups: Int
  /// The axis of the channels, counted from a picture's first; `nil` for the last one.
  public var axis: Int?
  public var epsilon: Double
  public var center: Bool
  public var scale: Bool

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

func requireEpsilon(_ epsilon: Double) throws(GraphError) {
  guard epsilon > 0, epsilon <= 1 else {
    throw GraphError("epsilon must be above 0 and at most 1, found \(epsilon)")
  }
}

extension Lowering {
  /// Times one weight of the layer, plus another, which have the shape `weights`.
  fileprivate mutating func scaleAndShift(
    _ input: ValueID, scale: String?, shift: String?, _ weights: Shape
  ) throws(GraphError) -> ValueID {
    guard scale != nil || shift != nil else { return input }
    if weights.elementCount == shape(of: input).channels, weights.channels == shape(of: input).channels {
      return add(.affine([.weights(layer: owner, scale: scale, shift: shift)]), to: input)
    }
    var value = input
    if let scale { value = try combine(.multiply, value, weight(scale, weights)) }
    if let shift { value = try combine(.add, value, weight(shift, weights)) }
    return value
  }
}
