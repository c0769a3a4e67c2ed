import ZooEvaluate
import ZooGraph
import ZooImage
import ZooTrain

extension TransferTraining {
  /// The log of what has been trained so far.
  ///
  /// - Parameter command: program and arguments, as they are to be told.
  /// - Throws: `TrainError`.
  public func log(command: [String]) throws(TrainError) -> TrainingLog {
    func counts(_ list: ImageList) -> [Int] {
      var counts = [Int](repeating: 0, count: data.classNames.count)
      for label in list.items.flatMap(\.labels) where counts.indices.contains(label) { counts[label] += 1 }
      return counts
    }
    return try TrainingLog(
      run, command: command, count: pictureCounts,
      pictures: .init(
        classNames: data.classNames, training: counts(data.training), validation: counts(data.validation),
        skipped: data.skipped.map(\.reason)),
      augmentation: options.augmentation?.description)
  }

  /// How well the network with the best weights does on the validation pictures, or where there are none on those
  /// it learnt from. The frozen layers' outputs come from the cache, so this takes milliseconds.
  ///
  /// - Parameters:
  ///   - worst: how many pictures of the highest loss to list.
  ///   - sample: of how many pictures to keep the embedding.
  /// - Throws: as ``train(checkpoint:report:)``.
  public func measurement(worst: Int, sample: Int) throws -> Measurement {
    let isHeldOut = !data.validation.items.isEmpty
    let list = isHeldOut ? data.validation : data.training
    let outputs = try isHeldOut ? validationOutputs() : trainingOutputs()
    var gathering = gathering(
      pictures: list.items.count, sample: sample, embeddingSize: outputs.embeddingSize)
    gathering.add(list.items, outputs.probabilities, embeddings: outputs.embeddings)
    return Measurement(
      gathering, isHeldOut ? .heldOut : .trainedOn, worst: worst, exif: model.exif == true,
      skipped: data.skipped)
  }

  /// What the network with the best weights says about the pictures that are held out.
  func validationOutputs() throws -> BestOutputs {
    try run.bestOutputs(of: try examples(of: try run.splitOfAllStages()) { _ in .goOn }.validation)
  }

  /// What it says about the pictures that it learnt from, as they are without augmentation.
  func trainingOutputs() throws -> BestOutputs {
    try run.bestOutputs(of: try plainTrainingExamples(of: try run.splitOfAllStages()))
  }

  /// Something to gather a measurement with, by the model's thresholds or ½ where each class is decided on by itself.
  func gathering(pictures: Int, sample: Int = 0, embeddingSize: Int = 0) -> MeasurementGathering {
    MeasurementGathering(
      classes: data.classNames, thresholds: thresholds, pictures: pictures, sample: sample,
      embeddingSize: embeddingSize)
  }

  /// For each class the probability above which it counts as found; `nil` where one of many is told.
  var thresholds: [Double]? {
    decidesOnEach ? model.thresholds?.values ?? data.classNames.map { _ in 0.5 } : nil
  }

  /// Whether the network decides on each class by itself.
  var decidesOnEach: Bool { run.graph.outputActivation == .sigmoid }
}

extension MeasurementGathering {
  /// Adds what was said about pictures.
  ///
  /// - Parameters:
  ///   - probabilities: row by row.
  ///   - embeddings: likewise; may be empty.
  mutating func add(_ items: [ImageList.Item], _ probabilities: [Float], embeddings: [Float] = []) {
    guard !items.isEmpty else { return }
    let (classes, width) = (probabilities.count / items.count, embeddings.count / items.count)
    probabilities.withUnsafeBufferPointer { probabilities in
      embeddings.withUnsafeBufferPointer { embeddings in
        for (row, item) in items.enumerated() {
          add(
            probabilities.row(row, classes), embedding: embeddings.row(row, width), labels: item.labels,
            path: item.path)
        }
      }
    }
  }
}
