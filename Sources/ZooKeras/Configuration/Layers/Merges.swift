import ZooGraph

extension ConfigNode {
  static let mergeReaders: [String: LayerReader] = [
    "Add": plain(Add()), "Subtract": plain(Subtract()), "Multiply": plain(Multiply()),
    "Average": plain(Average()),
    "Maximum": plain(Maximum()), "Minimum": plain(Minimum()), "Concatenate": concatenate, "Dot": dot,
    "Merge": merge, "CustomScaleLayer": scaledSum, "Custom>CustomScaleLayer": scaledSum, "Lambda": lambda,
  ]

  /// `x + scale · y`, of Keras' InceptionResNetV2.
  private static func scaledSum(
    _ config: inout LayerConfig, _ context: ConfigContext
  ) throws(UnknownLayer) -> ConfigLayer {
    guard context.inputs.count == 2 else { throw config.unknown("takes two inputs") }
    return .merge([[], [Rescaling(scale: try config.double("scale"))]], into: Add())
  }

  /// Only what InceptionResNetV2 had before there was a layer for it: `inputs[0] + inputs[1] * scale`. Its code is not
  /// looked at, so that it must turn out to be within that base.
  private static func lambda(
    _ config: inout LayerConfig, _ context: ConfigContext
  ) throws(UnknownLayer) -> ConfigLayer {
    guard context.inputs.count == 2, case .object(let arguments)? = config.value("arguments"),
      arguments.keys.elementsEqual(["scale"]), let scale = arguments["scale"]?.number
    else { throw context.node.lambdaRefusal }
    config.readAll()
    return .merge([[], [Rescaling(scale: scale)]], into: Add())
  }

  private static func concatenate(
    _ config: inout LayerConfig, _ context: ConfigContext
  ) throws(UnknownLayer) -> ConfigLayer {
    // Of one tensor it is that.
    guard context.inputs.count > 1 else {
      config.readAll()
      return .identity
    }
    return .layer(Concatenate(axis: try config.channelAxis(rank: context.rank)))
  }

  private static func dot(
    _ config: inout LayerConfig, _ context: ConfigContext
  ) throws(UnknownLayer) -> ConfigLayer {
    guard context.inputs.count == 2 else { throw config.unknown("takes two inputs") }
    let axes = try config.wholeNumbers("axes")
    guard axes.count <= 2, let first = axes.first, let last = axes.last else {
      throw config.unknown("takes one axis or two")
    }
    var own: [Int] = []
    for (axis, shape) in zip([first, last], context.inputs) {
      let counted = axis < 0 ? axis + shape.rank : axis - 1
      guard shape.dimensions.indices.contains(counted) else {
        throw config.unknown("the axis \(axis) is not supported")
      }
      own.append(counted)
    }
    return .layer(Dot(axes: own, normalize: try config.bool("normalize", false)))
  }

  /// What Keras 1 had for all of them.
  private static func merge(
    _ config: inout LayerConfig, _ context: ConfigContext
  ) throws(UnknownLayer) -> ConfigLayer {
    for key in [
      "mode_type", "output_shape", "output_shape_type", "output_mask", "output_mask_type", "node_indices",
      "tensor_indices", "dot_axes", "arguments", "layers",
    ] {
      _ = config.value(key)
    }
    let mode = try config.string("mode", "sum")
    let axis = try config.channelAxis("axis", rank: context.rank)
    switch mode {
    case "sum": return .layer(Add())
    case "mul": return .layer(Multiply())
    case "ave": return .layer(Average())
    case "max": return .layer(Maximum())
    case "concat": return .layer(Concatenate(axis: axis))
    default: throw config.unknown("the mode '\(mode)' is not supported")
    }
  }
}
