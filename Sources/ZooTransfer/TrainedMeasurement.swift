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
    let (training, validation) = try examples(of: try run.splitOfAllStages()) { _ in .goOn }
    let isHeldOut = validation.count > 0
    let list = isHeldOut ? data.validation : data.training
    let outputs = try run.bestOutputs(of: isHeldOut ? validation : training)
    var gathering = MeasurementGathering(
      classes: data.classNames, threshold: run.graph.outputActivation == .sigmoid ? 0.5 : nil,
      pictures: list.items.count, sample: sample, embeddingSize: outputs.embeddingSize)
    outputs.probabilities.withUnsafeBufferPointer { probabilities in
      outputs.embeddings.withUnsafeBufferPointer { embeddings in
        for (row, item) in list.items.enumerated() {
          gathering.add(
            probabilities.row(row, outputs.classes), embedding: embeddings.row(row, outputs.embeddingSize),
            labels: item.labels, path: item.path)
        }
      }
    }
    return Measurement(
      gathering, isHeldOut ? .heldOut : .trainedOn, worst: worst, exif: model.exif == true,
      skipped: data.skipped)
  }
}
