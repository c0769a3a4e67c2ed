import ZooFeatures
import ZooGraph
import ZooImage

/// A classifier measured on pictures whose classes are known.
public struct Measurement: Sendable {
  /// What was measured.
  public enum Outcome: Sendable, Equatable {
    /// Of a classifier that tells one class of many.
    case single(Evaluation)
    /// Of one that decides on each class by itself.
    case multi(MultiLabelEvaluation)
  }

  /// What was measured.
  public let outcome: Outcome
  /// For a map of the pictures.
  public let embeddings: EmbeddingSample
  /// Whether the classifier was trained on the pictures.
  public let knowledge: MeasuredPictures.Knowledge
  /// Pictures left out because it was trained on them.
  public let leftOut: Int
  /// Whether pictures were turned by their EXIF orientation.
  public let exif: Bool
  /// Pictures that could not be read.
  public let skipped: [BadPicture]
  /// Over what the probabilities were averaged.
  public let augmentation: TestTimeAugmentation?

  /// Runs the classifier on all pictures.
  ///
  /// - Parameters:
  ///   - thresholds: for each class the probability above which it counts; `nil` for a classifier that tells one of
  ///     many.
  ///   - worst: how many pictures of the highest loss to list.
  ///   - sample: of how many pictures to keep the embedding.
  ///   - skipBad: leave out pictures that cannot be read, instead of throwing.
  ///   - progress: called with the number of pictures done since the last call.
  /// - Throws: `ClassMismatch` when the pictures' classes are not the model's; `FileError` for a bad picture unless
  ///   `skipBad`.
  public init(
    of classifier: Classifier, on pictures: MeasuredPictures, _ decoding: Pictures.Decoding,
    thresholds: [Double]? = nil,
    worst: Int = 10, sample: Int = 0, skipBad: Bool = false, progress: (Int) -> Void = { _ in }
  ) throws {
    let list = pictures.list
    let labels = classifier.model.labels
    let classes = try matchClasses(list.classNames, to: labels, count: classifier.classCount)
    var gathering = MeasurementGathering(
      classes: labels ?? list.classNames, thresholds: thresholds, pictures: list.items.count, sample: sample,
      embeddingSize: classifier.embeddingSize)
    let skipped = try classifier.forEachBatch(of: .files(list, decoding), skipBad: skipBad) {
      indices, probabilities, embeddings in
      for (place, index) in indices.enumerated() {
        gathering.add(
          probabilities.row(place, classifier.classCount),
          embedding: embeddings.row(place, classifier.embeddingSize),
          labels: list.items[index].labels.map { classes[$0] }.sorted(), path: list.items[index].path)
      }
      progress(indices.count)
    }
    self.init(
      gathering, pictures.knowledge, leftOut: pictures.leftOut, worst: worst, exif: decoding.exif,
      skipped: skipped,
      averagedOver: classifier.augmentation)
  }

  /// From what was gathered picture by picture.
  ///
  /// - Parameters:
  ///   - knowledge: whether the classifier was trained on these pictures.
  ///   - leftOut: pictures that are not among them because it was.
  ///   - exif: whether they were turned by their EXIF orientation.
  ///   - augmentation: over what the probabilities were averaged.
  public init(
    _ gathering: MeasurementGathering, _ knowledge: MeasuredPictures.Knowledge, leftOut: Int = 0, worst: Int,
    exif: Bool, skipped: [BadPicture], averagedOver augmentation: TestTimeAugmentation? = nil
  ) {
    self.knowledge = knowledge
    self.leftOut = leftOut
    self.exif = exif
    outcome = gathering.outcome(worst: worst)
    embeddings = gathering.embeddings
    self.skipped = skipped
    self.augmentation = augmentation
  }
}

/// The features by which a classifier tells classes, of some of the pictures, evenly chosen.
public struct EmbeddingSample: Sendable, Equatable {
  /// A picture of the sample.
  public struct Picture: Sendable, Equatable {
    /// The file.
    public var path: String
    /// Indices of the true classes, rising.
    public var labels: [Int]
    /// Indices of the classes the model says, rising.
    public var predicted: [Int]
  }

  /// In the order of the rows.
  public internal(set) var pictures: [Picture] = []
  /// Values of each picture.
  public let width: Int
  /// Row by row.
  public internal(set) var values: [Float] = []
}

/// Gathers a measurement picture by picture.
public struct MeasurementGathering: Sendable {
  /// One of the two.
  private var single: Evaluator?
  private var multi: MultiLabelEvaluator?
  /// What was kept so far.
  public private(set) var embeddings: EmbeddingSample
  private let classes: [String]
  private let expected: Int
  private let wanted: Int
  private var seen = 0

  /// Embeddings of more values together are not kept.
  private static let mostValues = 1 << 24

  /// - Parameters:
  ///   - thresholds: for each class the probability above which it counts; `nil` where one of many is told.
  ///   - pictures: how many will come.
  ///   - sample: of how many of them to keep the embedding.
  public init(classes: [String], thresholds: [Double]?, pictures: Int, sample: Int, embeddingSize: Int) {
    multi = thresholds.map { MultiLabelEvaluator(classes: classes, thresholds: $0) }
    single = thresholds == nil ? Evaluator(classes: classes) : nil
    self.classes = classes
    embeddings = EmbeddingSample(width: embeddingSize)
    expected = max(1, pictures)
    wanted = min(sample, expected, Self.mostValues / max(1, embeddingSize))
  }

  /// Takes other thresholds for the pictures that are added from now on; of no meaning where one class of many is told.
  public mutating func decide(above thresholds: [Double]) { multi?.thresholds = thresholds }

  /// For each class the threshold that a rule chooses by the pictures added: see
  /// ``MultiLabelEvaluator/thresholds(by:)``. None of a classifier that tells one class of many.
  public func thresholds(by rule: ThresholdRule) -> [Double?] { multi?.thresholds(by: rule) ?? [] }

  /// Adds a picture: its probabilities, its embedding, its classes in rising order.
  public mutating func add(
    _ probabilities: UnsafeBufferPointer<Float>, embedding: UnsafeBufferPointer<Float>, labels: [Int],
    path: String
  ) {
    single?.add(probabilities, label: labels.first ?? -1, path: path)
    multi?.add(probabilities, labels: labels, path: path)
    // Pictures come class by class, so even steps are fair to classes.
    let isKept = (seen + 1) * wanted / expected > seen * wanted / expected
    seen += 1
    guard isKept, embeddings.pictures.count < wanted else { return }
    embeddings.pictures.append(.init(path: path, labels: labels, predicted: predicted(probabilities)))
    embeddings.values += embedding
  }

  private func predicted(_ probabilities: UnsafeBufferPointer<Float>) -> [Int] {
    if let multi { return probabilities.indices.filter { Double(probabilities[$0]) > multi.thresholds[$0] } }
    return probabilities.indices.max { (probabilities[$0], $1) < (probabilities[$1], $0) }.map { [$0] } ?? []
  }

  /// What has been gathered, with the `worst` pictures of the highest loss.
  public func outcome(worst: Int) -> Measurement.Outcome {
    if let multi { return .multi(multi.evaluation(worst: worst)) }
    return .single((single ?? Evaluator(classes: classes)).evaluation(worst: worst))
  }
}

extension UnsafeBufferPointer<Float> {
  /// One of rows of `width` values, side by side.
  public func row(_ index: Int, _ width: Int) -> UnsafeBufferPointer<Float> {
    UnsafeBufferPointer(rebasing: self[(index * width)..<((index + 1) * width)])
  }
}
