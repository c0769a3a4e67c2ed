import ZooFile
import ZooGraph
import ZooHDF5
import ZooKeras

/// The whole model as Keras 1 and 2 saved it; every Keras loads it, and its weights alone.
public struct HDF5Format: WholeModelFormat {
  public let ending = ".h5"
  public let contents = "whole model, for every Keras, also for load_weights"
  public var withPreprocessing: Bool
  /// The program that writes HDF5.
  public var helper = HDF5Helper()

  /// - Parameter withPreprocessing: whether the first layer prepares the pixels.
  public init(withPreprocessing: Bool = false) {
    self.withPreprocessing = withPreprocessing
  }

  public func write(_ file: ZooFile, to path: String, progress: (Int) -> Void) throws -> ExportReport {
    let model = try OutgoingModel(wholeOf: file, withPreprocessing: withPreprocessing, forKeras2: true)
    let (legacy, warnings) = try HDF5Export.legacy(model)
    try legacy.write(to: path, helper: helper, progress: progress)
    var report = ExportReport(tensors: file.tensors.count)
    report.warnings = warnings
    return report
  }
}

extension HDF5Export {
  /// A group per layer, listed by attributes, as `keras/src/legacy/saving/legacy_h5_format.py` writes it, and the
  /// model's configuration. The layers lie in the root, where `load_weights` looks for them, and `load_model`
  /// finds them through `model_weights`, a second name of the root.
  ///
  /// A model that came from such a layout gets its layers, names and order back. Keras assigns by order: where
  /// that is no longer today's, the configuration is left out, with a warning.
  static func legacy(_ model: OutgoingModel) throws -> (file: HDF5Export, warnings: [String]) {
    var file = HDF5Export(model)
    let made = LegacyLayer.made(from: model)
    let restored = LegacyLayer.restored(from: model)
    if let restored, !LegacyLayer.areAlike(restored, made) {
      file.add(restored)
      return (file, ["weights only: the source lists its layers in another order than Keras does today"])
    }
    file.add(restored ?? made)
    guard try !model.graph.hasOperations else {
      return (
        file,
        [
          "weights only: functions called on tensors cannot be kept in this format; write .keras to have the whole model"
        ]
      )
    }
    let config: JSONValue = ["class_name": "Functional", "config": try model.functionalConfig()]
    file.contents.attributes += [.text("model_config", try config.text())]
    file.contents.addGroup("top_level_model_weights", attributes: [.names("weight_names", [])])
    file.contents.addRootLink("model_weights")
    return (file, [])
  }

  private mutating func add(_ layers: [LegacyLayer]) {
    contents.attributes = HDF5Attribute.splitNames("layer_names", layers.map(\.name))
    contents.attributes += [.text("backend", "tensorflow"), .text("keras_version", writtenKerasVersion)]
    for layer in layers.sorted(by: { $0.name < $1.name }) {
      contents.addGroup(
        layer.name, attributes: HDF5Attribute.splitNames("weight_names", layer.weights.map(\.name)))
      for (name, weight) in layer.weights { add(weight, at: "\(layer.name)/\(name)") }
    }
  }
}

/// A layer as the attributes list it.
private struct LegacyLayer {
  var name: String
  var weights: [(name: String, weight: OutgoingModel.Weight)]

  /// As the source listed them, without what was not taken from it. `nil` when the source had another layout, or
  /// listed a nested model as one layer, or the model has weights that are not from there.
  static func restored(from model: OutgoingModel) -> [LegacyLayer]? {
    let tensors = model.file.tensors
    guard let listing = model.file.model.provenance.sourceLayers else { return nil }
    var positions: [String: [String: Int]] = [:]
    for (index, tensor) in tensors.enumerated() {
      guard let layer = tensor.sourceLayer, let weight = tensor.sourceWeight else { return nil }
      positions[layer, default: [:]][weight] = index
    }
    var layers: [LegacyLayer] = []
    var count = 0
    for source in listing {
      let found = source.weights.compactMap { name in
        positions[source.name]?[name].map { (name: name, tensor: $0) }
      }
      guard Set(found.map { tensors[$0.tensor].layer }).count <= 1 else { return nil }
      count += found.count
      if !found.isEmpty || source.weights.isEmpty {
        let weights = found.map { (name: $0.name, weight: model.weight($0.tensor)) }
        layers.append(LegacyLayer(name: source.name, weights: weights))
      }
    }
    let isWhole = count == model.graph.entries.reduce(0) { $0 + $1.weights.count }
    return isWhole ? layers : nil
  }

  /// As Keras 3 lists the layers of the graph, those without weights included.
  static func made(from model: OutgoingModel) -> [LegacyLayer] {
    model.graph.kerasOrder.compactMap { position in
      let entry = model.graph.entries[position]
      // A layer that is called again is listed once; constants are none.
      guard entry.node.sharing == nil || !entry.weights.isEmpty, !(entry.node.layer.kind is Constant) else {
        return nil
      }
      let name = entry.owner
      let weights = model.weights(of: entry).map { (name: "\(name)/\($0.name)", weight: $0.weight) }
      return LegacyLayer(name: name, weights: weights)
    }
  }

  /// Whether Keras, which goes by order, takes the same tensors from both.
  static func areAlike(_ first: [LegacyLayer], _ second: [LegacyLayer]) -> Bool {
    let tensors = [first, second].map { layers in
      layers.filter { !$0.weights.isEmpty }.map { $0.weights.map(\.weight.tensor) }
    }
    return tensors[0] == tensors[1]
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
