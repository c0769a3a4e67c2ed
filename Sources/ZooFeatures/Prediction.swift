import ZooEngine
import ZooFile
import ZooGraph
import ZooSystem

/// A class with its score.
public struct Prediction: Sendable, Equatable, Codable {
  public var index: Int
  /// `class 17` where the file has no labels.
  public var label: String
  /// The output's value: a probability, where the network ends in a softmax.
  public var score: Float
}

extension FeatureExtractor {
  /// A classifier: the whole graph of a model with top.
  ///
  /// - Throws: `FileError` when the model has no top.
  public static func classifier(
    _ file: ZooFile, batch: Int = 32, threads: Int? = nil, precision: Precision = .float32
  ) throws -> FeatureExtractor {
    try file.checkClassifier()
    return try FeatureExtractor(
      file,
      Options(
        layer: file.model.graph.output, pooling: .none, batch: batch, threads: threads, precision: precision))
  }

  /// The `count` highest classes of one picture's output, best first.
  public func top(_ count: Int, of output: UnsafeBufferPointer<Float>) -> [Prediction] {
    output.indices.sorted { (output[$1], $0) < (output[$0], $1) }.prefix(count).map { index in
      Prediction(index: index, label: label(index), score: output[index])
    }
  }

  /// The classes of one picture's output that are above `threshold`, in the model's order.
  public func labels(above threshold: Double, of output: UnsafeBufferPointer<Float>) -> [String] {
    output.indices.filter { Double(output[$0]) > threshold }.map(label)
  }

  private func label(_ index: Int) -> String {
    model.labels.flatMap { $0.indices.contains(index) ? $0[index] : nil } ?? "class \(index)"
  }
}

extension ZooFile {
  /// - Throws: `FileError` when the model has no top.
  func checkClassifier() throws(FileError) {
    guard model.includeTop, graph.outputShape.rank == 1 else {
      throw FileError(
        path, "has no classifier", advice: "convert a file with top, or use 'zoo extract' for features")
    }
  }
}
