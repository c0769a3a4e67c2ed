import ZooFile
import ZooGraph
import ZooHDF5

extension HDF5Export {
  /// `layers/<class>[_n]/vars/0…`, as `keras/src/saving/saving_lib.py` writes it: layers are counted class by
  /// class in Keras' order. Layers without weights, which Keras lists and never reads, are left out.
  init(weights model: OutgoingModel) {
    self.init(model)
    contents.addGroup("vars", attributes: [.text("name", model.graph.graph.name)])
    var counts: [String: Int] = [:]
    for position in model.graph.kerasOrder {
      let entry = model.graph.entries[position]
      guard !entry.weights.isEmpty else { continue }
      let className = snakeCase(entry.node.layer.className)
      let layer = NumberedClass(className: className, number: counts[className, default: 0])
      counts[className, default: 0] += 1
      add(entry, at: "layers/\(layer)/vars")
    }
  }

  private mutating func add(_ entry: ResolvedGraph.Entry, at group: String) {
    contents.addGroup(group, attributes: [.text("name", entry.node.name)])
    for (number, (_, weight)) in model.weights(of: entry).enumerated() {
      // What Keras tells bfloat16 by.
      let isBrain = weight.type == .bfloat16
      add(weight, at: "\(group)/\(number)", attributes: isBrain ? [.text("dtype", "bfloat16")] : [])
    }
  }
}
