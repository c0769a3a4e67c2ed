import ZooGraph
import ZooPlugin

@section("zoo_plugins") @used
let record: PluginRecord = (1, { respond(to: $0, as: TinyNet()) })

/// A family with one base, small enough to read at a glance.
struct TinyNet: ArchitecturePlugin {
  let family = "TinyNet"

  var bases: [Base] {
    [
      Base(
        name: "tinynet", family: family, inputSize: 32, minimumInputSize: 8, preprocessing: .tf,
        parameters: 17_448, parametersWithoutTop: 448)
    ]
  }

  func graph(of variant: Variant) throws(GraphError) -> ModelGraph {
    let g = GraphBuilder("tinynet")
    var x = g.input(variant.inputShape)
    x = g.conv2D(x, "conv", 16, kernel: 3, strides: 2, padding: .same, activation: .relu)
    if variant.includeTop {
      x = g.globalAveragePooling2D(x, "avg_pool")
      x = g.dense(x, "predictions", variant.classes, activation: variant.classifierActivation)
    } else {
      x = g.pooled(x, variant, avg: "avg_pool", max: "max_pool")
    }
    return try g.build(output: x)
  }
}
