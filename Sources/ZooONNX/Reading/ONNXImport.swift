import ZooFile
import ZooGraph
import ZooSystem

/// An ONNX model that has been read as Keras' layers and is ready to be written as a `.zoo` file.
public struct ONNXImport {
  /// The file.
  public let path: String
  /// The network as Keras' layers.
  public let graph: ResolvedGraph
  /// The program that wrote it, and the version of its operators.
  public let producer: String
  /// The version of its operators.
  public let opset: Int
  private let onnx: ONNXFile
  private let weights: [WeightName: ReadWeight]

  /// Whether a file is called as ONNX' are. HDF5 by such a name is what it is.
  public static func recognises(_ path: String) -> Bool {
    guard path.lowercased().hasSuffix(".onnx") else { return false }
    return (try? InputFile(path).bytes(at: 0, count: 4)) != [0x89, 0x48, 0x44, 0x46]
  }

  /// Reads a model. Reads no weights yet.
  ///
  /// - Parameter size: of the pictures, where the file leaves it open.
  /// - Throws: `FileError` when it is no ONNX model, or by operator and node for what Keras' layers do not have.
  public init(_ path: String, size: Size2D? = nil) throws {
    self.path = path
    onnx = try ONNXFile(path)
    var reader = GraphReader(onnx)
    let graph = try reader.graph(size: size)
    weights = reader.weights
    producer = onnx.producer
    opset = onnx.opset
    do throws(GraphError) {
      self.graph = try graph.resolved()
    } catch {
      throw FileError(path, "its graph is not sound: \(error)")
    }
  }

  /// How its pixels are prepared, where it is one of ours and says so.
  public var preprocessing: Preprocessing? {
    guard onnx.producer == "zoo", let text = onnx.metadata["preprocessing"],
      let preprocessing = try? Preprocessing(parsing: text),
      preprocessing.suits(channels: graph.inputShape.channels)
    else { return nil }
    return preprocessing
  }

  /// Class names that the model brings, where a program of this house or alike has put them in.
  public var labels: [String]? {
    guard let classes = graph.outputShape.elementCount, let text = onnx.metadata["class_names"] else {
      return nil
    }
    let names = ONNXMetadata.names(text)
    return names?.count == classes ? names : nil
  }

  /// Writes the `.zoo` file, every tensor in the source's own type.
  ///
  /// - Parameters:
  ///   - preprocessing: what the network expects of its pixels; by default what the file says, else nothing.
  ///   - labels: names of the classes; by default those that the file brings.
  ///   - progress: called with the bytes written since the last call.
  /// - Returns: what was done, with warnings.
  /// - Throws: `FileError` for another number of labels than there are classes, damaged weights, and when the output
  ///   cannot be written; no output file appears then.
  @discardableResult
  public func write(
    to output: String, preprocessing: Preprocessing? = nil, labels: [String]? = nil, compress: Bool = false,
    progress: (Int) -> Void = { _ in }
  ) throws -> ONNXImportReport {
    try checkOutput(output, isNoneOf: [path])
    if let labels { try check(labels) }
    var report = ONNXImportReport(self, output: output, preprocessing: preprocessing)
    let description = ModelDescription(
      base: nil, includeTop: true, graph: graph.graph,
      preprocessing: preprocessing ?? self.preprocessing ?? .none,
      labels: labels ?? self.labels,
      provenance: Provenance(
        createdBy: "zoo \(zooVersion)", sourceName: path.split(separator: "/").last.map(String.init),
        sourceSize: onnx.file.count, sourceSHA256: try Digest.ofFile(path), layout: "ONNX, opset \(opset)"))
    let writer = try ZooFileWriter(output, model: description, compress: compress)
    for entry in graph.entries {
      for spec in entry.weights {
        try write(spec, of: entry.owner, to: writer) { bytes in
          progress(bytes)
          report.bytes += bytes
        }
      }
    }
    try writer.finish()
    return report
  }

  private func check(_ labels: [String]) throws(FileError) {
    guard labels.count == graph.classOutput(labels: labels.count).classCount else {
      throw FileError(
        path, "gives \(graph.outputShape) values, but \(labels.count) labels were given",
        advice: "give one label a line, in the order of the classes")
    }
  }

  private func write(
    _ spec: WeightSpec, of layer: String, to writer: ZooFileWriter, _ progress: (Int) -> Void
  ) throws {
    guard let weight = weights[WeightName(layer, spec.name)] else {
      throw FileError(path, "layer '\(layer)': the weight '\(spec.name)' is missing")
    }
    try onnx.withBytes(of: weight.tensor) { bytes, type in
      guard [.float16, .bfloat16, .float32, .float64].contains(type),
        bytes.count == spec.elementCount * type.size
      else {
        throw onnx.damaged(weight.tensor, "is no weight of the shape \(spec.shape)")
      }
      let info = TensorInfo(
        layer: layer, weight: spec.name, type: type, shape: spec.shape, sourceLayer: nil,
        sourceWeight: weight.tensor.name)
      try writer.write(info) { writer in
        try weight.forEachPiece(bytes, elementSize: type.size) { piece in
          try Task.checkCancellation()
          try writer.append(piece)
          progress(piece.count)
        }
      }
    }
  }
}

extension ReadWeight {
  /// The bytes in Keras' order, in pieces.
  func forEachPiece(
    _ bytes: UnsafeRawBufferPointer, elementSize: Int, _ body: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    if permutation == Array(permutation.indices) { return try body(bytes) }
    var strides = Array(repeating: elementSize, count: dimensions.count)
    for axis in dimensions.indices.dropLast().reversed() {
      strides[axis] = strides[axis + 1] * dimensions[axis + 1]
    }
    let (counts, steps) = (permutation.map { dimensions[$0] }, permutation.map { strides[$0] })
    // A row of the last axis at a time; pieces of many rows.
    let row = counts[counts.count - 1]
    let rows = bytes.count / (row * elementSize)
    let together = max(1, (1 << 18) / (row * elementSize))
    let room = UnsafeMutableRawBufferPointer.allocate(byteCount: together * row * elementSize, alignment: 16)
    defer { room.deallocate() }
    for first in stride(from: 0, to: rows, by: together) {
      var filled = 0
      for number in first..<min(first + together, rows) {
        var (rest, start) = (number, 0)
        for axis in counts.indices.dropLast().reversed() {
          start += rest % counts[axis] * steps[axis]
          rest /= counts[axis]
        }
        for index in 0..<row {
          let source = start + index * steps[steps.count - 1]
          for byte in 0..<elementSize { room[filled + byte] = bytes[source + byte] }
          filled += elementSize
        }
      }
      try body(UnsafeRawBufferPointer(rebasing: room[..<filled]))
    }
  }
}
