import ZooFile
import ZooGraph
import ZooHDF5

extension HDF5Export {
  /// A group per layer, listed by attributes, as `keras/src/legacy/saving/legacy_h5_format.py` writes it. A file
  /// that came from such a layout gets its layers, names and order back.
  init(legacy source: ZooFile) {
    self.init(source)
    let provenance = source.model.provenance
    if let layers = LegacyLayer.restored(from: source) {
      // Kernels of a Theano file were turned around when it was imported, and stay so.
      add(layers, version: provenance.kerasVersion, backend: provenance.backend.map { _ in "tensorflow" })
    } else {
      add(LegacyLayer.made(from: source), version: "3.0.0", backend: "tensorflow")
      contents.addGroup("top_level_model_weights", attributes: [.names("weight_names", [])])
    }
  }

  private mutating func add(_ layers: [LegacyLayer], version: String?, backend: String?) {
    contents.attributes = HDF5Attribute.splitNames("layer_names", layers.map(\.name))
    contents.attributes += [
      backend.map { .text("backend", $0) }, version.map { .text("keras_version", $0) },
    ].compactMap { $0 }
    for layer in layers.sorted(by: { $0.name < $1.name }) {
      contents.addGroup(
        layer.name, attributes: HDF5Attribute.splitNames("weight_names", layer.weights.map(\.name)))
      for weight in layer.weights { add(tensor: weight.tensor, at: "\(layer.name)/\(weight.name)") }
    }
  }
}

/// A layer as the attributes list it.
private struct LegacyLayer {
  var name: String
  /// The weights' names with their tensors' positions.
  var weights: [(name: String, tensor: Int)]

  /// As the source listed them, without what was not taken from it. `nil` when the source had another layout, or
  /// was a nested model of which only a part was taken: neither that model nor the base would load the rest.
  static func restored(from file: ZooFile) -> [LegacyLayer]? {
    guard let listing = file.model.provenance.sourceLayers else { return nil }
    var positions: [String: [String: Int]] = [:]
    for (index, tensor) in file.tensors.enumerated() {
      guard let layer = tensor.sourceLayer, let weight = tensor.sourceWeight else { return nil }
      positions[layer, default: [:]][weight] = index
    }
    var layers: [LegacyLayer] = []
    for source in listing {
      let weights = source.weights.compactMap { name in
        positions[source.name]?[name].map { (name: name, tensor: $0) }
      }
      if !weights.isEmpty || source.weights.isEmpty {
        layers.append(LegacyLayer(name: source.name, weights: weights))
      }
    }
    let count = layers.reduce(0) { $0 + $1.weights.count }
    let isWhole = count == listing.reduce(0) { $0 + $1.weights.count }
    let isNested = layers.contains { Set($0.weights.map { file.tensors[$0.tensor].layer }).count > 1 }
    return count == file.tensors.count && (isWhole || !isNested) ? layers : nil
  }

  /// As Keras 3 lists the layers of the graph, those without weights included.
  static func made(from file: ZooFile) -> [LegacyLayer] {
    file.graph.kerasOrder.map { position in
      let entry = file.graph.entries[position]
      let name = entry.node.name
      let weights = entry.weights.compactMap { weight in
        file.index(layer: name, weight: weight.name).map { (name: "\(name)/\(weight.name)", tensor: $0) }
      }
      return LegacyLayer(name: name, weights: weights)
    }
  }
}

extension HDF5Attribute {
  /// A list of names, in parts where it is too large for one attribute: `layer_names0`, `layer_names1`, …, with
  /// the lengths that `numpy.array_split` gives them.
  static func splitNames(_ name: String, _ values: [String]) -> [HDF5Attribute] {
    let width = max(1, values.map(\.utf8.count).max() ?? 1)
    let fitting = max(1, maximumByteCount / width)
    guard values.count > fitting else { return [.names(name, values)] }
    let parts = (values.count + fitting - 1) / fitting
    let (length, longer) = values.count.quotientAndRemainder(dividingBy: parts)
    var rest = values[...]
    return (0..<parts).map { part in
      let values = rest.prefix(length + (part < longer ? 1 : 0))
      rest = rest.dropFirst(values.count)
      return .names("\(name)\(part)", Array(values))
    }
  }
}
