import ZooEngine
import ZooFile
import ZooGraph

/// A model with top made ready to tell classes, and to give the features that it tells them by.
public struct Classifier: Sendable {
  /// The model as its file describes it.
  public let model: ModelDescription
  /// The layer whose output the last layer with weights takes.
  public let embeddingLayer: String
  /// Values of one picture's embedding.
  public let embeddingSize: Int
  /// How many classes it tells.
  public var classCount: Int { output.classCount }
  private let output: ClassOutput
  /// Height × width × channels.
  public let inputShape: Shape
  /// Values of one picture's output.
  private let outputSize: Int
  private let batch: Int
  /// Over what the probabilities are averaged.
  public let augmentation: TestTimeAugmentation?
  private let engine: Engine

  /// - Parameter augmentation: over what the probabilities are averaged; the embeddings are the picture's own.
  /// - Throws: `FileError` when the model has no top, or answers no probabilities to be averaged; `EngineError` for
  ///   damaged weights and for a precision that the processor does not have.
  public init(
    _ file: ZooFile, batch: Int = 32, threads: Int? = nil, precision: Precision = .float32,
    averagedOver augmentation: TestTimeAugmentation? = nil
  ) throws {
    try file.checkClassifier()
    if augmentation != nil { try file.checkAverages() }
    let (graph, embedding) = (file.graph, file.graph.penultimate)
    engine = try Engine(
      graph, weights: file, outputs: [graph.graph.output, embedding.node.name], maximumBatch: batch,
      preprocessing: file.model.preprocessing, options: EngineOptions(threads: threads, precision: precision))
    model = file.model
    embeddingLayer = embedding.node.name
    embeddingSize = embedding.shape.elementCount ?? 0
    output = graph.classOutput(labels: file.model.labels?.count)
    outputSize = graph.outputShape.elementCount ?? 0
    inputShape = graph.inputShape
    self.batch = batch
    self.augmentation = augmentation
  }

  /// Runs over all pictures in order, as ``FeatureExtractor/forEachBatch(of:skipBad:_:)``.
  ///
  /// - Parameter body: gets the indices of the pictures of a batch, their probabilities and their embeddings, each
  ///   side by side.
  /// - Returns: the pictures that were left out.
  /// - Throws: `FileError` for the first bad picture unless `skipBad`, and what `body` throws.
  public func forEachBatch(
    of pictures: Pictures, skipBad: Bool = false,
    _ body: (
      _ indices: [Int], _ probabilities: UnsafeBufferPointer<Float>, _ embeddings: UnsafeBufferPointer<Float>
    ) throws -> Void
  ) throws -> [BadPicture] {
    try pictures.forEachBatch(of: batch, shape: inputShape, skipBad: skipBad) { indices, pixels in
      let outputs = UnsafeMutableBufferPointer<Float>.allocate(capacity: indices.count * outputSize)
      defer { outputs.deallocate() }
      let embeddings = UnsafeMutableBufferPointer<Float>.allocate(capacity: indices.count * embeddingSize)
      defer { embeddings.deallocate() }
      try engine.run(
        pixels, count: indices.count, averagedOver: augmentation, into: [outputs, embeddings])
      try output.values(of: UnsafeBufferPointer(outputs)).withUnsafeBufferPointer {
        try body(indices, $0, UnsafeBufferPointer(embeddings))
      }
    }
  }
}
