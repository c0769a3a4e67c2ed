import ZooGraph
import ZooPlugin

@section("zoo_plugins") @used
let record: PluginRecord = (1, { respond(to: $0, as: MobileNet()) })

/// MobileNet, MobileNetV2 and MobileNetV3, each in a file of its own.
struct MobileNet: ArchitecturePlugin {
  let family = "MobileNet"

  private let generations: [any Generation] = [MobileNetV1(), MobileNetV2(), MobileNetV3()]

  var bases: [Base] { generations.flatMap(\.bases) }

  func graph(of variant: Variant) throws(GraphError) -> ModelGraph {
    for generation in generations {
      if let graph = try generation.graph(of: variant) { return graph }
    }
    throw GraphError("the family has no base '\(variant.base)'")
  }

  func mapping(of variant: Variant) -> WeightMapping {
    generations.lazy.compactMap { $0.mapping(of: variant) }.first ?? WeightMapping()
  }
}

/// One generation of the family.
protocol Generation: Sendable {
  var bases: [Base] { get }

  /// `nil` when the variant belongs to another generation.
  func graph(of variant: Variant) throws(GraphError) -> ModelGraph?

  /// `nil` when the variant belongs to another generation.
  func mapping(of variant: Variant) -> WeightMapping?
}

/// `_make_divisible` and `_depth` in Keras: the multiple of 8 nearest to `value`, at least 8, and not more than
/// 10 % below it.
func divisibleBy8(_ value: Double) -> Int {
  let rounded = max(8, Int(value + 4) / 8 * 8)
  return Double(rounded) < 0.9 * value ? rounded + 8 : rounded
}
