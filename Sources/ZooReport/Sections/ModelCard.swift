import ZooGraph
import ZooSystem
import ZooTrain

/// What the classifier is made of, and how it was trained.
extension Report {
  var card: HTML {
    .section(
      "model", "Model", lead: "\(architecture)",
      "<div class=\"pair\">\n<div><h3>Network</h3>\n\(HTML.facts(network))</div>\n<div><h3>Training</h3>\n\(recipe)</div>\n</div>\n"
    )
  }

  private var architecture: String {
    let picture = graph.inputShape.picture ?? graph.inputShape
    return
      "\(graph.parameterCount.grouped) parameters in \(graph.entries.count.grouped) layers, on pictures of "
      + "\(picture.height) × \(picture.width) pixels."
  }

  private var network: [(name: String, value: HTML)] {
    var facts: [(name: String, value: HTML)] = [("Base", "\(model.base ?? model.graph.name)")]
    if let name = model.provenance.sourceName { facts.append(("Made from", "\(name.shortened(to: 80))")) }
    facts.append(("Parameters", "\(graph.parameterCount.grouped)"))
    if let log = training.log {
      for (number, trained) in log.trainableParameters.enumerated().prefix(20) {
        let stage = log.stages.count > 1 ? " in stage \(number + 1)" : ""
        let frozen = graph.parameterCount - trained
        facts.append(("Trained\(stage)", "\(trained.grouped), frozen \(frozen.grouped)"))
      }
    }
    facts.append(("Head", HTML(joining: head, by: "<br>")))
    facts.append(
      ("Embedding", "\(graph.penultimate.node.name), \(measurement.embeddings.width.grouped) values"))
    facts.append(("Preprocessing", "\(model.preprocessing.description)"))
    facts.append(("Resizing", "\(model.resize.rawValue)"))
    facts.append(("Orientation", measurement.exif ? "turned by EXIF" : "as stored"))
    return facts
  }

  /// The layers above the last feature map.
  private var head: [HTML] {
    let map = graph.index(of: graph.featureMap.node.name) ?? graph.outputIndex
    return graph.entries.dropFirst(map + 1).suffix(12).map { entry in
      let function: HTML =
        (entry.node.layer.kind as? Dense).map { ", \($0.activation.description)" } ?? ""
      return "\(entry.node.layer.className) → \(entry.shape.description)\(function)"
    }
  }

  private var recipe: HTML {
    guard let log = training.log else { return "<p>Not known.</p>\n" }
    let recipe = log.recipe
    let stages: [HTML] = log.stages.prefix(20).map { stage in
      let rate = stage.learningRate ?? recipe.optimizer.learningRate
      return "\(stage.layers.text.shortened(to: 60)): \(stage.epochs) epochs at \(String(rate))"
    }
    var facts: [(name: String, value: HTML)] = [
      ("Trained layers", HTML(joining: stages, by: "<br>")), ("Optimizer", "\(recipe.optimizer.summary)"),
      ("Loss", "\(recipe.loss.summary)"), ("Schedule", "\(recipe.schedule.summary)"),
      ("Batch", "\(recipe.batchSize) pictures"),
      ("Best epoch by", "\(log.choice)"),
    ]
    if let stopping = recipe.earlyStopping {
      facts.append(("Early stopping", "after \(stopping.patience) epochs without improvement"))
    }
    if recipe.classWeights != nil { facts.append(("Balance", "rare classes count as much as frequent ones")) }
    facts.append(("Augmentation", "\(log.augmentation ?? "none")"))
    return .facts(facts)
  }
}

extension TrainingLog {
  /// By what the epoch was chosen whose weights are the model's.
  fileprivate var choice: String {
    let part = validationPictures > 0 ? "validation" : "training"
    return switch recipe.monitor {
    case .accuracy, .loss: "\(part) \(recipe.monitor.rawValue)"
    case .last: "nothing: the last one is taken"
    }
  }
}

extension OptimizerConfiguration {
  fileprivate var summary: String {
    var words: [String]
    switch rule {
    case .sgd(let momentum, let nesterov):
      words = ["SGD"] + (momentum > 0 ? ["momentum \(momentum)"] : []) + (nesterov ? ["Nesterov"] : [])
    case .adam: words = [weightDecay == nil ? "Adam" : "AdamW"]
    case .rmsprop: words = ["RMSprop"]
    }
    if let weightDecay { words.append("weight decay \(weightDecay)") }
    switch clipping {
    case .value(let limit): words.append("gradients within ±\(limit)")
    case .norm(let limit): words.append("gradient norm at most \(limit)")
    case .globalNorm(let limit): words.append("global gradient norm at most \(limit)")
    case nil: break
    }
    if let layerwiseDecay { words.append("layer-wise decay \(layerwiseDecay)") }
    return words.joined(separator: ", ")
  }
}

extension Loss {
  fileprivate var summary: String {
    func smoothed(_ name: String, _ smoothing: Double) -> String {
      smoothing > 0 ? "\(name), label smoothing \(smoothing)" : name
    }
    return switch self {
    case .categoricalCrossentropy(let smoothing): smoothed("categorical cross-entropy", smoothing)
    case .sparseCategoricalCrossentropy: "sparse categorical cross-entropy"
    case .binaryCrossentropy(let smoothing): smoothed("binary cross-entropy", smoothing)
    }
  }
}

extension TrainingRecipe.Schedule {
  fileprivate var summary: String {
    let decay =
      switch kind {
      case .constant: "constant"
      case .cosine: "cosine"
      case .exponential(let rate, _): "× \(rate) each epoch"
      }
    return warmupEpochs > 0 ? "\(decay), warm-up of \(warmupEpochs) epochs" : decay
  }
}
