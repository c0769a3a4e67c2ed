import Glibc
import ZooFile
import ZooGraph

/// A small model with tensors of every type and more than one chunk.
enum TestModel {
  static func graph() throws -> ModelGraph {
    let g = GraphBuilder("small")
    var x = g.input(.map(8, 8, 3))
    x = g.conv2D(x, "conv", 40, kernel: 3, useBias: false)
    x = g.batchNormalization(x, "bn")
    x = g.flatten(x, "flatten")
    return try g.build(output: g.dense(x, "predictions", 60))
  }

  static func description() throws -> ModelDescription {
    ModelDescription(
      base: "small", includeTop: true, graph: try graph(), preprocessing: .tf,
      labels: (0..<60).map { "class \($0)" },
      provenance: Provenance(
        createdBy: "test", sourceName: "small.h5", sourceSize: 1, sourceSHA256: "00",
        sourceLayers: [SourceLayerNames(name: "conv", weights: ["conv/kernel:0"])]),
      trained: TrainedPictures(
        seed: 7, validationShare: 0.2, heldOut: 1, pictures: [[UInt8](0..<32), [UInt8](1..<33)]))
  }

  /// Tensor records in the graph's order, `types` in turn.
  static func tensors(_ types: [ElementType] = [.float32]) throws -> [TensorInfo] {
    let weights = try graph().resolved().entries.flatMap { entry in
      entry.weights.map { (entry.node.name, $0) }
    }
    return weights.enumerated().map { index, weight in
      TensorInfo(
        layer: weight.0, weight: weight.1.name, type: types[index % types.count], shape: weight.1.shape)
    }
  }

  /// Bytes as weights have them: exponents alike, fractions random.
  static func bytes(of tensor: TensorInfo, seed: UInt64) -> [UInt8] {
    var state = seed &* 6_364_136_223_846_793_005 &+ 1
    let count = tensor.shape.reduce(1, *)
    return (0..<count).flatMap { _ -> [UInt8] in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let value = Float(Int64(bitPattern: state) >> 32) / Float(1 << 33)
      return switch tensor.type {
      case .float64: withUnsafeBytes(of: Double(value)) { Array($0) }
      case .float16: withUnsafeBytes(of: Float16(value)) { Array($0) }
      case .bfloat16: withUnsafeBytes(of: UInt16(value.bitPattern >> 16)) { Array($0) }
      default: withUnsafeBytes(of: value) { Array($0) }
      }
    }
  }

  /// Writes the model, each tensor in pieces of `piece` bytes.
  static func write(
    to path: String, types: [ElementType] = [.float32], compress: Bool = false, piece: Int = 100_000,
    preprocessing: Preprocessing = .tf
  ) throws {
    var model = try description()
    model.preprocessing = preprocessing
    let writer = try ZooFileWriter(path, model: model, compress: compress)
    for (index, tensor) in try tensors(types).enumerated() {
      let bytes = bytes(of: tensor, seed: UInt64(index))
      try writer.write(tensor) { writer in
        for start in stride(from: 0, to: bytes.count, by: piece) {
          try bytes[start..<min(start + piece, bytes.count)].withUnsafeBytes { try writer.append($0) }
        }
      }
    }
    try writer.finish()
  }

  static func folder() -> String {
    var template = Array("/tmp/zoo-file-XXXXXX".utf8CString)
    return String(cString: mkdtemp(&template))
  }
}
