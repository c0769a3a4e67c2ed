import ZooGraph

extension ConfigNode {
  static let shapeReaders: [String: LayerReader] = [
    "Flatten": flatten, "Reshape": reshape, "Permute": permute, "RepeatVector": repeatVector,
    "TimeDistributed": timeDistributed,
  ]

  private static func flatten(_ config: inout LayerConfig, _: ConfigContext) throws(UnknownLayer)
    -> ConfigLayer
  {
    try config.expectChannelsLast()
    return .layer(Flatten())
  }

  private static func reshape(
    _ config: inout LayerConfig, _ context: ConfigContext
  ) throws(UnknownLayer) -> ConfigLayer {
    let shape = try config.wholeNumbers("target_shape")
    return .layer(Reshape(targetShape: try config.closed(shape, context)))
  }

  private static func permute(_ config: inout LayerConfig, _: ConfigContext) throws(UnknownLayer)
    -> ConfigLayer
  {
    .layer(Permute(axes: try config.wholeNumbers("dims").map { $0 - 1 }))
  }

  private static func repeatVector(
    _ config: inout LayerConfig, _: ConfigContext
  ) throws(UnknownLayer) -> ConfigLayer {
    .layer(RepeatVector(n: try config.int("n")))
  }

  /// The layer within, as it is for one step.
  private static func timeDistributed(
    _ config: inout LayerConfig, _ context: ConfigContext
  ) throws(UnknownLayer) -> ConfigLayer {
    guard let value = config.value("layer"), let className = value["class_name"]?.string,
      case .object(let members)? = value["config"], let input = context.inputs.first, input.rank >= 2
    else { throw config.unknown("it does not tell the layer that it is around") }
    var inner = context.node
    (inner.className, inner.config, inner.module) = (className, members, value["module"]?.string)
    var step = context
    step.node = inner
    step.inputs = [Shape(Array(input.dimensions.dropFirst()))]
    switch try inner.layer(in: step) {
    case .identity: return .identity
    case .layer(let kind): return .layer(TimeDistributed(kind))
    case .chain, .call, .parts, .merge, .known:
      throw config.unknown("around a \(className) it is not supported")
    }
  }
}

extension LayerConfig {
  /// A shape with −1 for whatever is left as it is for the input.
  func closed(_ shape: [Int], _ context: ConfigContext) throws(UnknownLayer) -> Shape {
    var shape = shape
    if let open = shape.firstIndex(of: -1), let input = context.inputs.first?.elementCount {
      let others = shape.enumerated().filter { $0.offset != open }.map(\.element)
      guard let known = elementCountOf(others), known > 0, input.isMultiple(of: known) else {
        throw unknown("the shape \(shape) does not divide its \(input) values")
      }
      shape[open] = input / known
    }
    return Shape(shape)
  }
}
