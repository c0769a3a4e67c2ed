import ZooFile
import ZooGraph
import ZooSystem

/// What was written.
public struct ONNXReport: Sendable, Equatable {
  /// Operations of the graph.
  public var nodes: Int
  /// Weights and constants.
  public var tensors: Int
  /// Of the weights and other numbers.
  public var bytes: Int
  /// The file beside the model that has its weights, where they are too many for one file.
  public var dataPath: String?
}

extension ZooFile {
  /// Writes the model as ONNX, in constant memory. The file appears whole or not at all.
  ///
  /// - Parameter progress: called with the bytes written since the last call.
  /// - Throws: `FileError` that names the layer which ONNX or the opset does not have, or says why nothing can
  ///   be written.
  @discardableResult
  public func exportONNX(
    to path: String, _ options: ONNXOptions = ONNXOptions(), progress: (Int) -> Void = { _ in }
  ) throws -> ONNXReport {
    try exportONNX(to: path, options, longestMessage: nil, progress: progress)
  }

  /// - Parameter longestMessage: from which size on weights go into a file of their own.
  func exportONNX(
    to path: String, _ options: ONNXOptions, longestMessage: Int?, progress: (Int) -> Void
  ) throws -> ONNXReport {
    do {
      let model = try onnxModel(options)
      var writer = ModelWriter(model: model, path: path)
      if let longestMessage { writer.longestMessage = longestMessage }
      try checkOutput(path, isNoneOf: [self.path])
      try checkOutput(writer.externalPath, isNoneOf: [self.path])
      let isSplit = try writer.write { initializer, file, position in
        try TensorWriter(view: initializer.view, file: file, position: position).write(readFloats)
        progress(initializer.byteCount)
      }
      return ONNXReport(
        nodes: model.nodes.count, tensors: model.initializers.count,
        bytes: model.initializers.reduce(0) { $0 + $1.byteCount },
        dataPath: isSplit ? writer.externalPath : nil)
    } catch let error as ONNXError {
      throw FileError(self.path, error.description)
    }
  }

  /// The model without the numbers of its weights.
  func onnxModel(_ options: ONNXOptions) throws(ONNXError) -> ONNXModel {
    let outputs = try graphErrors { () throws(GraphError) in
      try options.layer.map { name throws(GraphError) in [try graph.entry(named: name).node.name] }
        ?? graph.outputs.map(\.node.name)
    }
    let preprocessing = options.withPreprocessing ? model.preprocessing : .none
    var result =
      try options.anySize
      ? ONNXModel(anySizeOf: graph, outputs: outputs, preprocessing: preprocessing, options, weights: self)
      : ONNXModel(
        graph, graph.simplified(outputs: outputs, preprocessing: preprocessing, options), outputs: outputs,
        options,
        weights: self)
    result.metadata = metadata(options)
    return result
  }

  /// What a reader may want to know beside the graph.
  private func metadata(_ options: ONNXOptions) -> [(key: String, value: String)] {
    let provenance = model.provenance
    let preprocessing = options.withPreprocessing ? Preprocessing.none : model.preprocessing
    let entries: [(String, String?)] = [
      ("base", model.base),
      ("class_names", options.layer == nil ? model.labels.flatMap(ONNXMetadata.text) : nil),
      ("keras_version", provenance.kerasVersion),
      ("layout", options.layout.rawValue), ("preprocessing", preprocessing.description),
      ("source", provenance.sourceName), ("source_sha256", provenance.sourceSHA256),
    ]
    return entries.compactMap { key, value in value.map { (key, $0) } }
  }

  /// A weight's numbers in pieces, whatever type they are stored in.
  private func readFloats(
    _ name: WeightName, _ body: (UnsafeBufferPointer<Float>) throws -> Void
  ) throws {
    guard let index = index(layer: name.layer, weight: name.weight) else {
      throw FileError(path, "has no tensor '\(name)'")
    }
    let type = tensors[index].type
    let room = UnsafeMutableBufferPointer<Float>.allocate(capacity: 1 << 18)
    defer { room.deallocate() }
    try read(index) { bytes in
      let floats = UnsafeMutableBufferPointer(rebasing: room[..<(bytes.count / type.size)])
      type.convert(bytes, to: floats)
      try body(UnsafeBufferPointer(floats))
    }
  }
}
