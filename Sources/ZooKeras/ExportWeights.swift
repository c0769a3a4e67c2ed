import ZooFile
import ZooGraph
import ZooHDF5

extension HDF5Export {
  /// `layers/<class>[_n]/vars/0…`, as `keras/src/saving/saving_lib.py` writes it: layers are counted class by
  /// class in Keras' order. Layers without weights, which Keras lists and never reads, are left out.
  init(weights source: ZooFile) {
    self.init(source)
    contents.addGroup("vars", attributes: [.text("name", source.graph.graph.name)])
    var counts: [String: Int] = [:]
    for position in source.graph.kerasOrder {
      let entry = source.graph.entries[position]
      guard !entry.weights.isEmpty else { continue }
      let className = snakeCase(entry.node.layer.className)
      let layer = NumberedClass(className: className, number: counts[className, default: 0])
      counts[className, default: 0] += 1
      add(entry, at: "layers/\(layer)/vars")
    }
  }

  private mutating func add(_ entry: ResolvedGraph.Entry, at group: String) {
    let name = entry.node.name
    contents.addGroup(group, attributes: [.text("name", name)])
    for (number, weight) in entry.weights.enumerated() {
      guard let index = source.index(layer: name, weight: weight.name) else { continue }
      // What Keras tells bfloat16 by.
      let isBrain = source.tensors[index].type == .bfloat16
      add(
        tensor: index, at: "\(group)/\(number)", attributes: isBrain ? [.text("dtype", "bfloat16")] : [])
    }
  }
}
