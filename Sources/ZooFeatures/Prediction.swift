import ZooEngine
import ZooFile
import ZooGraph
import ZooSystem

/// A class with its score.
public struct Prediction: Sendable, Equatable, Codable {
  /// The place of the class in the output.
  public var index: Int
  /// `class 17` where the file has no labels.
  public var label: String
  /// The output's value: a probability, where the network ends in a softmax.
  public var score: Float
}

/// What the values of an output are.
public enum OutputKind: String, Sendable, Codable {
  /// Of classes that exclude one another, or of each class by itself.
  case probability
  /// What a softmax, or for one class a sigmoid, would make probabilities of.
  case logit
  /// A number that the network answers, as of an age or an angle.
  case value
}

extension ResolvedGraph {
  /// What the values of the output are. Two numbers or more are taken for classes; of one that is no probability, nobody
  /// can tell whether it is a logit.
  public var outputKind: OutputKind {
    guard outputActivation == .linear else { return .probability }
    return (outputShape.elementCount ?? 0) > 1 ? .logit : .value
  }
}

extension FeatureExtractor {
  /// A classifier: the whole graph of a model with top.
  ///
  /// - Parameters:
  ///   - output: one of several outputs; the first one where none is named.
  ///   - augmentation: over what the probabilities are averaged.
  /// - Throws: `FileError` when the model has no top, or answers no probabilities to be averaged.
  public static func classifier(
    _ file: ZooFile, output: String? = nil, batch: Int = 32, threads: Int? = nil,
    precision: Precision = .float32, averagedOver augmentation: TestTimeAugmentation? = nil
  ) throws -> FeatureExtractor {
    try file.checkClassifier()
    if augmentation != nil { try file.checkAverages() }
    return try FeatureExtractor(
      file,
      Options(
        layer: output ?? file.model.graph.output, pooling: .none, batch: batch, threads: threads,
        precision: precision, augmentation: augmentation))
  }

  /// The `count` highest classes of one picture's output, best first.
  public func top(_ count: Int, of output: UnsafeBufferPointer<Float>) -> [Prediction] {
    output.indices.sorted { (output[$1], $0) < (output[$0], $1) }.prefix(count).map { index in
      Prediction(index: index, label: model.label(index), score: output[index])
    }
  }

  /// The numbers of one picture's output, which are of no classes.
  public func values(of output: UnsafeBufferPointer<Float>) -> [Prediction] {
    output.indices.map {
      Prediction(index: $0, label: model.labels == nil ? layer : model.label($0), score: output[$0])
    }
  }

  /// The classes of one picture's output that are above their thresholds, in the model's order.
  public func labels(above thresholds: [Double], of output: UnsafeBufferPointer<Float>) -> [String] {
    output.indices.filter { Double(output[$0]) > thresholds[$0] }.map(model.label)
  }
}

extension ModelDescription {
  /// The name of a class.
  public func label(_ index: Int) -> String {
    labels.flatMap { $0.indices.contains(index) ? $0[index] : nil } ?? "class \(index)"
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

  /// - Throws: `FileError` when the model answers something else than probabilities.
  func checkAverages() throws(FileError) {
    guard graph.averages else {
      throw FileError(
        path, "answers no probabilities, of which a mean over a picture and its mirror image could be taken",
        advice: "leave --tta out")
    }
  }
}
