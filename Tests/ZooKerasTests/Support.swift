import ZooExport
import ZooFile
import ZooGraph
import ZooHDF5
import ZooPlugin
import ZooSystem

@testable import ZooKeras

let registry = Registry()
/// The smallest base: 0.83 MB without its top. (Other resolutions have the same weights.)
let smallBase = "mobilenet_0.25_224"

/// A network's weights, random, as a file shall tell of them: to be changed, then written in one of Keras'
/// layouts.
struct TestModel {
  struct Layer: Equatable {
    var name: String
    /// Keras' class, in snake case.
    var className: String
    var weights: [Weight]
  }

  struct Weight: Equatable {
    var name: String
    var type: ElementType
    var shape: [Int]
    var bytes: [UInt8]
  }

  /// In Keras' order, those without weights included.
  var layers: [Layer]

  init(layers: [Layer]) { self.layers = layers }

  init(
    _ base: String = smallBase, includeTop: Bool = false, classes: Int = 1000, type: ElementType = .float32
  ) throws {
    let variant = Variant(of: try registry.base(named: base), includeTop: includeTop, classes: classes)
    self.init(try registry.architecture(of: variant).graph.resolved(), type: type)
  }

  init(_ graph: ResolvedGraph, type: ElementType = .float32) {
    var random = Random()
    layers = graph.kerasOrder.map { position in
      let entry = graph.entries[position]
      let name = entry.node.name
      return Layer(
        name: name, className: snakeCase(entry.node.layer.className),
        weights: entry.weights.map {
          let count = $0.elementCount
          return Weight(
            name: "\(name)/\($0.name)", type: type, shape: $0.shape,
            bytes: Self.values(count, type, &random))
        })
    }
  }

  /// The layer of that name.
  subscript(layer name: String) -> Layer {
    get { layers.first { $0.name == name } ?? Layer(name: name, className: "", weights: []) }
    set {
      if let index = layers.firstIndex(where: { $0.name == name }) { layers[index] = newValue }
    }
  }

  mutating func addHead(classes: Int = 2, channels: Int = 256) {
    var random = Random()
    layers += [
      Layer(name: "pool", className: "global_average_pooling2d", weights: []),
      Layer(
        name: "head", className: "dense",
        weights: [("kernel", [channels, classes]), ("bias", [classes])].map { name, shape in
          Weight(
            name: "head/\(name)", type: .float32, shape: shape,
            bytes: Self.values(elementCountOf(shape) ?? 0, .float32, &random))
        }),
    ]
  }

  /// Random bits in which the second highest of every byte is off, so that all are numbers. Long tensors begin anew after
  /// a while: random numbers take long.
  private static func values(_ count: Int, _ type: ElementType, _ random: inout Random) -> [UInt8] {
    let byteCount = count * type.size
    let words = (0..<min(byteCount / 8 + 1, 1 << 15)).map { _ in random.next() & 0xBFBF_BFBF_BFBF_BFBF }
    var bytes: [UInt8] = []
    words.withUnsafeBytes { part in
      while bytes.count < byteCount { bytes += part.prefix(byteCount - bytes.count) }
    }
    return bytes
  }
}

/// Knuth's linear congruential generator.
private struct Random {
  private var state: UInt64 = 1

  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state
  }
}

extension TestModel {
  /// - Parameters:
  ///   - parts: into how many attributes each list of names is split; 1 for none.
  ///   - root: where the layers' groups are.
  func writeLegacy(
    _ path: String, version: String? = "2.1.6", backend: String? = "tensorflow", parts: Int = 1,
    root: String = "", attributes: [HDF5Attribute] = []
  ) throws {
    var contents = HDF5Contents(attributes: attributes)
    var listing = Self.names("layer_names", layers.map(\.name), parts)
    listing += [backend.map { .text("backend", $0) }, version.map { .text("keras_version", $0) }]
      .compactMap { $0 }
    if root.isEmpty {
      contents.attributes += listing
    } else {
      contents.addGroup(root, attributes: listing)
    }
    var written: Set<String> = []
    for layer in layers where written.insert(layer.name).inserted {
      let group = root + "/" + layer.name
      contents.addGroup(group, attributes: Self.names("weight_names", layer.weights.map(\.name), parts))
      for weight in layer.weights where written.insert("\(group)/\(weight.name)").inserted {
        contents.addDataset("\(group)/\(weight.name)", .number(weight.type), shape: weight.shape)
      }
    }
    try write(path, contents) { root + "/" + $0.name + "/" + $1.name }
  }

  /// - Parameter named: whether the groups carry the layers' names, as since late 2024.
  func writeWeights(_ path: String, named: Bool = true) throws {
    var contents = HDF5Contents()
    var groups: [String: String] = [:]
    var counts: [String: Int] = [:]
    for layer in layers {
      let numbered = NumberedClass(className: layer.className, number: counts[layer.className, default: 0])
      counts[layer.className, default: 0] += 1
      let group = "layers/\(numbered)/vars"
      groups["\(layer.className) \(layer.name)"] = group
      contents.addGroup(group, attributes: named ? [.text("name", layer.name)] : [])
      for (index, weight) in layer.weights.enumerated() {
        contents.addDataset("\(group)/\(index)", .number(weight.type), shape: weight.shape)
      }
    }
    try write(path, contents) { layer, weight in
      "\(groups["\(layer.className) \(layer.name)"] ?? "")/\(layer.weights.firstIndex(of: weight) ?? 0)"
    }
  }

  private func write(
    _ path: String, _ contents: HDF5Contents, _ place: (Layer, Weight) -> String
  ) throws {
    let writer = try HDF5Writer(path, contents)
    var written: Set<String> = []
    for layer in layers {
      for weight in layer.weights where written.insert(place(layer, weight)).inserted {
        try weight.bytes.withUnsafeBytes { try writer.append($0, to: place(layer, weight)) }
      }
    }
    try writer.commit()
  }

  private static func names(_ name: String, _ values: [String], _ parts: Int) -> [HDF5Attribute] {
    if parts == 1 { return [.names(name, values)] }
    let length = (values.count + parts - 1) / parts
    return (0..<parts).map { part in
      .names("\(name)\(part)", Array(values.dropFirst(part * length).prefix(length)))
    }
  }
}

extension TestModel {
  /// What a legacy file lists, read without the code under test.
  static func readLegacy(_ path: String) throws -> [Layer] {
    let file = try HDF5File(path)
    return try names("layer_names", file.root).map { name in
      guard case .group(let group)? = file.root[name] else {
        return Layer(name: name, className: "", weights: [])
      }
      return Layer(
        name: name, className: "",
        weights: try names("weight_names", group).map { weight in
          let dataset = try file.dataset("\(name)/\(weight)")
          return Weight(
            name: weight, type: dataset.elementType ?? .bool, shape: dataset.shape,
            bytes: try file.bytes(of: dataset, limit: 1 << 24))
        })
    }
  }

  private static func names(_ name: String, _ group: HDF5Group) -> [String] {
    if let whole = group.attribute(name) { return whole.strings ?? [] }
    return (0..<100).flatMap { group.attribute("\(name)\($0)")?.strings ?? [] }
  }

  /// The layers as `readLegacy` gives them.
  var listed: [Layer] { layers.map { Layer(name: $0.name, className: "", weights: $0.weights) } }
}

/// Imports a file beside which the `.zoo` file is then written.
@discardableResult
func convert(_ path: String, _ request: ImportRequest = ImportRequest()) throws -> (ZooFile, ImportReport) {
  let report = try KerasImport(path, request, registry: registry).write(to: path + ".zoo")
  return (try ZooFile(path + ".zoo"), report)
}

/// The format of a whole model that begins with its preprocessing.
func prepared(_ name: String) -> any ExportFormat {
  name.hasSuffix(".h5") ? HDF5Format(withPreprocessing: true) : KerasFormat(withPreprocessing: true)
}

/// The message with which `body` fails; `nil` when it does not.
func failure(_ body: () throws -> Void) -> String? {
  do {
    try body()
    return nil
  } catch {
    return "\(error)"
  }
}

extension ZooFile {
  /// SHA-256 by the tensors' names.
  var contents: [String: String] {
    Dictionary(zip(tensors.map(\.name), digests), uniquingKeysWith: { first, _ in first })
  }
}

/// The folder of files written by `Fixtures/make.py`.
let fixtures = #filePath.prefix(upTo: #filePath.lastIndex(of: "/") ?? #filePath.startIndex) + "/Fixtures/"

/// Keras 2's configuration of a functional model whose input 'a' takes maps, with one output.
func functional(_ layers: [JSONValue], output: String, input: JSONValue = [nil, 4, 4, 1]) -> JSONValue {
  let picture: JSONValue = [
    "class_name": "InputLayer", "name": "a", "inbound_nodes": [],
    "config": ["name": "a", "batch_input_shape": input],
  ]
  return [
    "class_name": "Model",
    "config": [
      "name": "m", "layers": .array([picture] + layers), "input_layers": [["a", 0, 0]],
      "output_layers": [[.string(output), 0, 0]],
    ],
  ]
}
