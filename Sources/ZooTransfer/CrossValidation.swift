import ZooArrays
import ZooEvaluate
import ZooFeatures
import ZooFile
import ZooImage
import ZooSystem
import ZooTrain

/// A training tried on folds: each part of the pictures is held out once and told by a model that was trained on the
/// others. The model that is used afterwards is another one, trained on all.
///
/// All of them train for all epochs, and their last weights count: an epoch chosen by the pictures that are held out
/// would flatter.
public final class CrossValidation {
  /// The training on all pictures.
  public let whole: TransferTraining
  /// Which fold each picture belongs to.
  public let folds: Folds
  /// How many folds are done.
  private var done = 0
  /// Of each picture, row by row, as it was told by the model that was not trained on it.
  private var probabilities: [Float]

  /// - Parameters:
  ///   - dataset: its pictures to learn from make up the folds; what it holds out takes no part.
  ///   - options: their recipe monitors nothing: ``TrainingRecipe/Monitor/last``.
  /// - Throws: as ``TransferTraining/init(_:_:_:)``; `TransferError` for a class with fewer pictures than folds.
  public init(_ base: ZooFile, _ dataset: Dataset, _ options: TransferOptions, folds count: Int) throws {
    precondition(count >= 2 && options.recipe.monitor == .last)
    whole = try TransferTraining(base, dataset, options)
    let data = whole.data
    for (label, name) in data.classNames.enumerated() {
      let pictures = data.training.items.count { $0.labels.contains(label) }
      guard pictures >= count else {
        throw TransferError(
          "the class '\(name)' has \(pictures) pictures, too few for \(count) folds; "
            + (pictures >= 2 ? "choose \(pictures) folds at most, or give it more" : "give it more"))
      }
    }
    folds = Folds(labels: data.training.items.map(\.labels), count: count, seed: options.recipe.seed)
    probabilities = Array(repeating: 0, count: data.training.items.count * data.classNames.count)
  }

  /// The layers below the head that are trained, so that each fold is a training of its own and takes as long.
  public var trainedBaseLayers: [String] {
    get throws {
      let trained = Set(try whole.run.splitOfAllStages().trainable.map(\.layer))
      let head = Set(whole.network.head)
      return whole.run.graph.entries.map(\.node.name).filter { trained.contains($0) && !head.contains($0) }
    }
  }

  /// How many of the pictures the base has been trained on, so that no fold is new to it.
  public var seenByBase: Int {
    let seen = whole.network.base.model.trained?.pictures ?? []
    return whole.data.trainingIDs.count { seen.contains(Array($0.prefix(TrainedPictures.hashSize))) }
  }

  /// Pictures whose file is there more than once, which may be learnt from and held out at a time.
  public var duplicates: Int {
    whole.data.trainingIDs.count - Set(whole.data.trainingIDs).count
  }

  /// Trains with a fold held out, and asks the model about it.
  ///
  /// - Throws: as ``TransferTraining/train(checkpoint:report:)``; `TransferError` where the loss runs away.
  public func validate(
    _ fold: Int, report: (TransferTraining.Event, TransferTraining) -> TrainingRun.Reply
  ) throws {
    let held = folds.parts[fold]
    let training = try TransferTraining(of: whole, holdingOut: held)
    let outcome = try training.train { report($0, training) }
    switch outcome {
    case .finished: break
    case .interrupted: throw TransferError("fold \(fold + 1) of \(folds.parts.count) was interrupted")
    case .diverged(let epoch, let step):
      throw TransferError(
        "in fold \(fold + 1) of \(folds.parts.count) the loss has run away, or is no number any more, at step "
          + "\(step), in epoch \(epoch); nothing is written; try a smaller --learning-rate")
    }
    let rows = try training.validationOutputs().probabilities
    let classes = whole.data.classNames.count
    for (row, picture) in held.enumerated() {
      probabilities.replaceSubrange(
        (picture * classes)..<((picture + 1) * classes), with: rows[(row * classes)..<((row + 1) * classes)])
    }
    done += 1
  }

  /// How well the model of a fold did on what it held out. Where thresholds are chosen, it is by those that the other
  /// folds choose, so all must be done.
  ///
  /// - Precondition: it is done.
  public func scores(of fold: Int) -> CrossValidationRecord.Scores {
    let part = folds.parts[fold]
    var gathering = whole.gathering(pictures: part.count)
    add(fold, to: &gathering)
    return CrossValidationRecord.Scores(gathering.outcome(worst: 0))
  }

  /// Whether a fold's scores depend on other folds.
  public var scoresNeedAllFolds: Bool {
    if case .chosen? = whole.options.thresholds { true } else { false }
  }

  /// What it came to; `nil` before all folds are done.
  public var record: CrossValidationRecord? {
    guard done == folds.parts.count else { return nil }
    let all = together(sample: 0, embeddings: [], embeddingSize: 0)
    return CrossValidationRecord(
      pictures: folds.parts.map(\.count), folds: folds.parts.indices.map(scores),
      all: CrossValidationRecord.Scores(all.outcome(worst: 0)))
  }

  /// Chooses the thresholds of the model that is trained on all pictures, where they are to be chosen, by what the
  /// models of the folds say about the pictures that each of them does not know.
  ///
  /// - Returns: the classes that none or all of the pictures show, whose threshold is ½.
  public func chooseThresholds() -> [String] {
    guard case .chosen(let rule)? = whole.options.thresholds else { return [] }
    let all = Array(whole.data.training.items.indices)
    return whole.chooseThresholds(by: rule, said(of: all), pictures: all.count)
  }

  /// Every picture as it was told by the model that was not trained on it; the embeddings are those of the model that
  /// was trained on all.
  ///
  /// - Throws: as ``TransferTraining/measurement(worst:sample:)``.
  public func measurement(worst: Int, sample: Int) throws -> Measurement {
    let outputs = try whole.trainingOutputs()
    let gathering = together(
      sample: sample, embeddings: outputs.embeddings, embeddingSize: outputs.embeddingSize)
    return Measurement(
      gathering, .crossValidated, worst: worst, exif: whole.model.exif == true, skipped: whole.data.skipped)
  }

  /// All folds, each by the thresholds that the others choose where they are chosen.
  private func together(sample: Int, embeddings: [Float], embeddingSize: Int) -> MeasurementGathering {
    var gathering = whole.gathering(
      pictures: whole.data.training.items.count, sample: sample, embeddingSize: embeddingSize)
    for fold in folds.parts.indices {
      add(fold, to: &gathering, rows(of: folds.parts[fold], in: embeddings, embeddingSize))
    }
    // Those of the model are told.
    if let own = whole.thresholds { gathering.decide(above: own) }
    return gathering
  }

  private func add(_ fold: Int, to gathering: inout MeasurementGathering, _ embeddings: [Float] = []) {
    let part = folds.parts[fold]
    if case .chosen(let rule)? = whole.options.thresholds {
      let chosen = said(of: folds.others(than: fold)).thresholds(by: rule)
      gathering.decide(above: chosen.map { $0 ?? 0.5 })
    }
    gathering.add(
      part.map { whole.data.training.items[$0] },
      rows(of: part, in: probabilities, whole.data.classNames.count),
      embeddings: embeddings)
  }

  /// What was said about pictures by the models that do not know them.
  private func said(of pictures: [Int]) -> MeasurementGathering {
    var gathering = whole.gathering(pictures: pictures.count)
    gathering.add(
      pictures.map { whole.data.training.items[$0] },
      rows(of: pictures, in: probabilities, whole.data.classNames.count))
    return gathering
  }

  private func rows(of pictures: [Int], in values: [Float], _ width: Int) -> [Float] {
    values.isEmpty ? [] : pictures.flatMap { values[($0 * width)..<(($0 + 1) * width)] }
  }

  /// Writes of each picture its path, the fold that held it out, its classes, and the probabilities that it was given.
  ///
  /// - Throws: `FileError`.
  public func writeTable(to path: String) throws(FileError) {
    let (data, names) = (whole.data.training, whole.data.classNames)
    var place = [Int](repeating: 0, count: data.items.count)
    for (fold, part) in folds.parts.enumerated() {
      for picture in part { place[picture] = fold + 1 }
    }
    let writer = try CSVWriter(path, columns: ["path", "fold", "labels"] + names)
    for (picture, item) in data.items.enumerated() {
      let row = probabilities[(picture * names.count)..<((picture + 1) * names.count)]
      try writer.append(
        [
          .text(item.path), .integer(place[picture]),
          .text(item.labels.map { names[$0] }.joined(separator: "|")),
        ], values: Array(row))
    }
    try writer.finish()
  }
}

extension CrossValidationRecord.Scores {
  fileprivate init(_ outcome: Measurement.Outcome) {
    switch outcome {
    case .single(let found): self.init(accuracy: found.accuracy, loss: found.loss, macroF1: found.macroF1)
    case .multi(let found): self.init(accuracy: found.accuracy, loss: found.loss, macroF1: found.macroF1)
    }
  }
}
