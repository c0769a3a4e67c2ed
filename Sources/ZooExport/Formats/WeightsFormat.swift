import ZooFile
import ZooGraph
import ZooHDF5
import ZooKeras

/// The weights in the layout of Keras 3.
public struct WeightsFormat: ExportFormat {
  public let ending = ".weights.h5"
  public let contents = "weights alone, for load_weights of Keras 3"
  /// The program that writes HDF5.
  public var helper = HDF5Helper()

  /// There is nothing to choose.
  public init() {}

  public func write(_ file: ZooFile, to path: String, progress: (Int) -> Void) throws -> ExportReport {
    try HDF5Export(weights: OutgoingModel(file)).write(to: path, helper: helper, progress: progress)
    return ExportReport(tensors: file.tensors.count)
  }
}

extension HDF5Export {
  /// `layers/<class>[_n]/vars/0…`, as `keras/src/saving/saving_lib.py` writes it: layers are counted class by
  /// class in Keras' order. Layers without weights, which Keras lists and never reads, are left out.
  init(weights model: OutgoingModel) {
    self.init(model)
    contents.addGroup("vars", attributes: [.text("name", model.graph.graph.name)])
    var counts: [String: Int] = [:]
    for position in model.graph.kerasOrder {
      let entry = model.graph.entries[position]
      // A layer that is called again is listed once.
      guard entry.node.sharing == nil || !entry.weights.isEmpty else { continue }
      let className = snakeCase(entry.node.layer.className)
      let layer = NumberedClass(className: className, number: counts[className, default: 0])
      counts[className, default: 0] += 1
      if !entry.weights.isEmpty { add(entry, at: "layers/\(layer)") }
    }
  }

  private mutating func add(_ entry: ResolvedGraph.Entry, at layer: String) {
    let weights = Array(zip(entry.weights, model.weights(of: entry)))
    for part in weights.map(\.0.part).uniqued() {
      let group = part.map { "\(layer)/\($0)/vars" } ?? "\(layer)/vars"
      contents.addGroup(group, attributes: [.text("name", entry.owner)])
      for (number, (_, (_, weight))) in weights.filter({ $0.0.part == part }).enumerated() {
        // What Keras tells bfloat16 by.
        let isBrain = weight.type == .bfloat16
        add(weight, at: "\(group)/\(number)", attributes: isBrain ? [.text("dtype", "bfloat16")] : [])
      }
    }
  }
}

extension [String?] {
  /// Each one once, in the order of their first occurrence.
  fileprivate func uniqued() -> [String?] {
    reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }
}
