import ZooEngine
import ZooEvaluate
import ZooFile
import ZooGraph
import ZooImage
import ZooReport

@testable import ZooTrain

/// A report about a made-up classifier.
struct MadeUp {
  var classes = ["ant", "bee"]
  /// The probability above which a class counts, where each is decided on by itself.
  var threshold: Double?
  /// Of each picture: its class, the class it is taken for, the probability of that one, its embedding.
  var pictures: [(label: Int, predicted: Int, probability: Float, embedding: [Float])] = [
    (0, 0, 0.9, [0, 1, 2]), (0, 1, 0.6, [1, 1, 0]), (1, 1, 0.8, [3, 0, 1]), (1, 1, 0.99, [4, 1, 0]),
  ]
  var epochs: [TrainingLog.Epoch] = []
  var training: Report.Training?
  var folds: CrossValidationRecord?
  var thumbnails: [Thumbnail?] = []
  var explanations = Report.Explanations.unknown("Nothing is explained.")
  var path = { (index: Int) in "photos/val/\(index).jpg" }

  func report() throws -> Report {
    let graph = try graph()
    return Report(
      title: "garden", measurement: measurement, thumbnails: thumbnails,
      explanations: explanations, training: try training ?? .known(log(graph)), model: model(graph),
      graph: try graph.resolved(),
      making: .init(
        command: ["/somewhere/zoo", "report", "garden.zoo", "my photos"], date: "2026-11-25T08:30:00Z",
        machine: RunMachine(threads: 2)), folder: "photos")
  }

  func html() throws -> String { try report().html.text }

  private var measurement: Measurement {
    var gathering = MeasurementGathering(
      classes: classes, thresholds: threshold.map { value in classes.map { _ in value } },
      pictures: pictures.count, sample: Report.mapped,
      embeddingSize: pictures.first?.embedding.count ?? 0)
    for (index, picture) in pictures.enumerated() {
      let rest = (1 - picture.probability) / Float(max(1, classes.count - 1))
      let row = classes.indices.map { $0 == picture.predicted ? picture.probability : rest }
      row.withUnsafeBufferPointer { row in
        picture.embedding.withUnsafeBufferPointer {
          gathering.add(row, embedding: $0, labels: [picture.label], path: path(index))
        }
      }
    }
    return Measurement(gathering, .heldOut, worst: Report.worst, exif: false, skipped: [])
  }

  private func graph() throws -> ModelGraph {
    let g = GraphBuilder("garden")
    let x = g.input(.map(8, 8, 3))
    let map = g.conv2D(x, "conv", 4, kernel: 3, padding: .same)
    let pooled = g.globalAveragePooling2D(map, "pool")
    return try g.build(output: g.dense(pooled, "dense", classes.count, activation: .softmax))
  }

  private func model(_ graph: ModelGraph) -> ModelDescription {
    ModelDescription(
      base: "vgg16", includeTop: true, graph: graph, preprocessing: .tf, labels: classes,
      provenance: Provenance(createdBy: "zoo"))
  }

  private func log(_ graph: ModelGraph) throws -> TrainingLog {
    let run = try TrainingRun(
      try graph.resolved(), weights: RandomWeights(try graph.resolved()), head: ["dense"],
      stages: [Stage(LayerSelection("head"), epochs: 3, learningRate: 1e-3)],
      recipe: TrainingRecipe(monitor: folds == nil ? .accuracy : .last, seed: 42)
    )
    var log = try TrainingLog(
      run, command: ["/somewhere/zoo", "train", "base.zoo", "my photos", "-o", "garden.zoo"],
      count: (14, 4),
      pictures: .init(
        classNames: classes, training: classes.map { _ in 7 }, validation: classes.map { _ in 2 },
        skipped: ["photos/train/ant/bad.jpg: is no picture"]))
    log.epochs = epochs
    log.crossValidation = folds
    log.bestEpoch = epochs.last { $0.isBest }?.epoch
    return log
  }
}

extension TrainingLog.Epoch {
  init(_ epoch: Int, stage: Int = 1, rate: Double = 1e-3, loss: Double, best: Bool = false) {
    self.init(
      epoch: epoch, stage: stage, learningRate: rate, loss: loss, accuracy: 1 - loss / 2,
      validationLoss: loss * 1.5,
      validationAccuracy: 1 - loss / 2, isBest: best)
  }
}
