import Testing
import ZooFile
import ZooGraph
import ZooSystem

@testable import ZooONNX

/// A small model in a `.zoo` file: `layers` adds to an input of `shape`. Weights are random, and the same each time.
struct TestModel {
  let folder: TemporaryFolder
  let file: ZooFile

  init(
    _ shape: Shape = .map(6, 4, 3), preprocessing: Preprocessing = .none, labels: [String]? = nil,
    type: ElementType = .float32, _ layers: (GraphBuilder, GraphBuilder.Tap) -> GraphBuilder.Tap
  ) throws {
    let builder = GraphBuilder("small")
    let graph = try builder.build(output: layers(builder, builder.input(shape)))
    try self.init(graph, preprocessing: preprocessing, labels: labels, type: type)
  }

  init(
    _ graph: ModelGraph, preprocessing: Preprocessing = .none, labels: [String]? = nil,
    type: ElementType = .float32
  ) throws {
    folder = try TemporaryFolder()
    let description = ModelDescription(
      base: nil, includeTop: true, graph: graph, preprocessing: preprocessing, labels: labels,
      provenance: Provenance(createdBy: "test", sourceName: "small.h5", sourceSHA256: "00"))
    let writer = try ZooFileWriter("\(folder.path)/small.zoo", model: description)
    for entry in try graph.resolved().entries {
      for spec in entry.weights {
        let values = Self.values(spec, of: entry.owner)
        let info = TensorInfo(layer: entry.owner, weight: spec.name, type: type, shape: spec.shape)
        let bytes =
          type == .float64
          ? values.map(Double.init).withUnsafeBytes { Array($0) } : values.withUnsafeBytes { Array($0) }
        try writer.write(info) { writer in try bytes.withUnsafeBytes { try writer.append($0) } }
      }
    }
    try writer.finish()
    file = try ZooFile("\(folder.path)/small.zoo")
  }

  /// Between −1 and 1; variances between 1 and 2.
  static func values(_ spec: WeightSpec, of layer: String) -> [Float] {
    var random = SplitMix64(seed: UInt64(spec.elementCount * 31 + spec.name.utf8.count + layer.utf8.count))
    return (0..<spec.elementCount).map { _ in
      let value = Float(random.next() >> 40) / Float(1 << 23) - 1
      return spec.role == .variance ? abs(value) + 1 : value
    }
  }

  func values(_ layer: String, _ weight: String) throws -> [Float] {
    try file.withWeight(layer: layer, weight: weight) { Array($0) }
  }

  var path: String { "\(folder.path)/small.onnx" }

  /// The model written and read again.
  func exported(
    longestMessage: Int? = nil, _ change: (inout ONNXOptions) -> Void = { _ in }
  ) throws -> ONNXFile {
    var options = ONNXOptions()
    change(&options)
    _ = try file.exportONNX(to: path, options, longestMessage: longestMessage) { _ in }
    return try ONNXFile(path)
  }
}

extension ONNXFile {
  var operations: [String] { nodes.map(\.operation) }

  /// The float32 numbers of a tensor.
  func floats(_ name: String) throws -> [Float] {
    let tensor = try #require(tensors[name])
    guard case .bytes(let range) = tensor.numbers else { return [] }
    return file.withBytes { bytes in
      stride(from: range.lowerBound, to: range.upperBound, by: 4).map {
        bytes.loadUnaligned(fromByteOffset: $0, as: Float.self)
      }
    }
  }

  func integers(_ name: String) throws -> [Int] {
    let tensor = try #require(tensors[name])
    guard case .bytes(let range) = tensor.numbers else { return [] }
    return file.withBytes { bytes in
      stride(from: range.lowerBound, to: range.upperBound, by: 8).map {
        bytes.loadUnaligned(fromByteOffset: $0, as: Int.self)
      }
    }
  }
}
