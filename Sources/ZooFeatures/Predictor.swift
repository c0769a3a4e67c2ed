import ZooEngine
import ZooFile
import ZooGraph
import ZooSystem

/// What a model answers to one picture.
public struct PicturePrediction: Sendable, Equatable, Encodable {
  /// What one output of a model answers.
  public struct Answer: Sendable, Equatable, Encodable {
    /// The output's layer.
    public var layer: String
    /// What the scores are.
    public var kind: OutputKind
    /// The classes with the highest scores, best first; of numbers that are of no classes all of them.
    public var predictions: [Prediction]
  }

  /// The picture's path or name; its place where it has none.
  public var path: String
  /// Which of the pictures it is.
  public var place: Int
  /// The classes above their thresholds, of a model that decides on each by itself.
  public var labels: [String]?
  /// Of the predictions' classes, in their order.
  public var thresholds: [Double]?
  /// What the scores of the first output are.
  public var kind: OutputKind
  /// What the first output answers, as ``Answer/predictions``.
  public var predictions: [Prediction]
  /// Of a model with several outputs: all of them.
  public var outputs: [Answer]?

  private enum CodingKeys: String, CodingKey { case path, labels, thresholds, kind, predictions, outputs }
}

/// What a model answers to pictures.
public struct Predictions: Sendable, Equatable {
  /// In the order of the pictures.
  public var pictures: [PicturePrediction]
  /// The pictures that were left out.
  public var skipped: [BadPicture]
}

/// A model made ready to name the classes of pictures, or to give whatever numbers its outputs are.
public struct Predictor: Sendable {
  /// The model as its file describes it.
  public let model: ModelDescription
  /// Height × width × channels.
  public let inputShape: Shape
  /// Of each class the probability above which it counts, of a model that decides on each class by itself; `nil` of others.
  public let thresholds: [Double]?
  private let outputs: [Output]

  private struct Output {
    let layer: String
    let kind: OutputKind
    let classes: ClassOutput
    let network: FeatureExtractor
  }

  /// - Parameters:
  ///   - thresholds: of each class the probability above which it counts, of a model that decides on each class by
  ///     itself; the model's own where none are given.
  ///   - batch: pictures at a time.
  ///   - threads: to compute with; all processors by default.
  ///   - augmentation: probabilities are averaged over what it makes of a picture.
  /// - Throws: `FileError` for a model without classes, and a threshold for one that tells one class of many;
  ///   `EngineError` for damaged weights and for a precision that the processor does not have.
  public init(
    _ file: ZooFile, thresholds: [Double]? = nil, batch: Int = 32, threads: Int? = nil,
    precision: Precision = .float32, averagedOver augmentation: TestTimeAugmentation? = nil
  ) throws {
    guard thresholds == nil || file.decidesOnEachClass else {
      throw FileError(file.path, "tells one class of many, which needs no threshold", advice: "leave it out")
    }
    model = file.model
    inputShape = file.graph.inputShape
    self.thresholds = file.decidesOnEachClass ? thresholds ?? file.thresholds() : nil
    outputs = try file.graph.outputs.map { entry in
      let layer = entry.node.name
      let graph = try file.model.graph.cut(at: layer).resolved()
      return Output(
        layer: layer, kind: graph.outputKind, classes: graph.classOutput(labels: file.model.labels?.count),
        network: try .classifier(
          file, output: layer, batch: batch, threads: threads, precision: precision,
          averagedOver: augmentation))
    }
  }

  /// What the model answers to each picture, in order.
  ///
  /// - Parameters:
  ///   - top: how many classes to name.
  ///   - skipBad: leave out pictures that cannot be read, instead of throwing.
  ///   - progress: called with the number of pictures answered since the last call, by each output.
  /// - Throws: `FileError` for the first bad picture unless `skipBad`; ``NoReadablePicture`` where none is left.
  public func predictions(
    of pictures: Pictures, top: Int = 5, skipBad: Bool = false, progress: (Int) -> Void = { _ in }
  ) throws -> Predictions {
    var rows: [PicturePrediction] = []
    var skipped: [BadPicture] = []
    for (number, output) in outputs.enumerated() {
      var place = 0
      let size = output.network.shape.elementCount ?? 0
      skipped = try output.network.forEachBatch(of: pictures, skipBad: skipBad) { indices, values in
        for (position, index) in indices.enumerated() {
          let own = UnsafeBufferPointer(rebasing: values[(position * size)..<((position + 1) * size)])
          let (answer, labels) = answer(output, own, top)
          if number == 0 {
            rows.append(
              PicturePrediction(
                path: pictures.path(index) ?? "\(index)", place: index, labels: labels,
                thresholds: thresholds.map { all in answer.predictions.map { all[$0.index] } },
                kind: answer.kind,
                predictions: answer.predictions, outputs: outputs.count > 1 ? [answer] : nil))
          } else {
            rows[place].outputs?.append(answer)
          }
          place += 1
        }
        progress(indices.count)
      }
    }
    guard !rows.isEmpty else { throw NoReadablePicture(skipped: skipped) }
    return Predictions(pictures: rows, skipped: skipped)
  }

  /// How many answers ``predictions(of:top:skipBad:progress:)`` counts for so many pictures.
  public func answerCount(of pictures: Pictures) -> Int { outputs.count * pictures.count }

  private func answer(
    _ output: Output, _ values: UnsafeBufferPointer<Float>, _ top: Int
  ) -> (PicturePrediction.Answer, labels: [String]?) {
    output.classes.values(of: values).withUnsafeBufferPointer { values in
      let predictions =
        output.kind == .value ? output.network.values(of: values) : output.network.top(top, of: values)
      return (
        PicturePrediction.Answer(layer: output.layer, kind: output.kind, predictions: predictions),
        thresholds.map { output.network.labels(above: $0, of: values) }
      )
    }
  }
}

extension ZooFile {
  /// Whether the model decides on each class by itself, so that a picture may have several, as those that are trained
  /// with the binary loss.
  public var decidesOnEachClass: Bool {
    graph.outputActivation == .sigmoid && graph.classOutput(labels: model.labels?.count) != .secondOfTwo
  }

  /// Of each class the probability above which it counts: `given`, else the model's own, else ½.
  public func thresholds(_ given: Double? = nil) -> [Double] {
    let count = graph.classOutput(labels: model.labels?.count).classCount
    if let given { return Array(repeating: given, count: count) }
    return model.thresholds?.values ?? Array(repeating: 0.5, count: count)
  }
}

/// No picture is left to compute with: none of them could be read.
public struct NoReadablePicture: Error, Sendable, Equatable, CustomStringConvertible {
  /// All of them, each with its reason.
  public let skipped: [BadPicture]

  public var description: String { "none of the \(skipped.count) pictures could be read" }
}
