import ZooEvaluate
import ZooGraph
import ZooImage
import ZooTrain
import ZooTransfer

/// The options of `zoo train`, and what they mean.
enum TrainOptions {
  static let options: [Option] = [
    .value(.output, short: "-o", "OUT.zoo", "Where to write the model."),
    .value(
      .labels, "FILE.csv", "The classes of the pictures in DATA (default: its labels.csv, or its folders)."
    ),
    .value(.epochs, "N", "Times that all pictures are seen (default: 10)."),
    .value(.batch, "N", "Pictures a step (default: 32)."),
    .value(.seed, "N", "Of everything random (default: 0)."),
    .value(.validationSplit, "SHARE", "Held out where DATA has no val folder (default: 0.2)."),
    .value(
      .folds, "N", "Cross-validate on N folds of the same classes, then train on all pictures; see below."),
    .value(
      .head, "SPEC", "As in dense:1024:relu,dropout:0.3,dense (the default without dropout), or linear."),
    .value(.pooling, "avg|max|flatten", "How the last map becomes a vector (default: avg)."),
    .value(.unfreeze, "LAYERS", "What to train beside the head (default: head)."),
    .value(
      .stages, "SPEC", "Several trainings in a row: head:5@1e-3,block_16:3@1e-4 (LAYERS:EPOCHS@RATE)."),
    .flag(.trainBatchnorm, "BatchNormalization that is trained uses the batch's statistics."),
    .value(.optimizer, "sgd|adam|adamw|rmsprop", "With Keras' rules (default: adam)."),
    .value(.learningRate, "RATE", "Default: 0.001, for sgd 0.01."),
    .value(.momentum, "SHARE", "Of sgd and rmsprop (default: 0)."),
    .flag(.nesterov, "Nesterov's momentum, for sgd."),
    .value(.weightDecay, "SHARE", "Default: 0, for adamw 0.004."),
    .value(.clipNorm, "N", "Longest gradient of one weight."),
    .value(.clipValue, "N", "Largest value of a gradient."),
    .value(.globalClipNorm, "N", "Longest gradient of all weights together."),
    .value(.layerwiseDecay, "FACTOR", "Each layer's learning rate is this times that of the one above."),
    .value(
      .schedule, "constant|cosine|exponential:FACTOR",
      "Of the learning rate; FACTOR is for an epoch (default: constant)."),
    .value(.warmup, "EPOCHS", "In which the learning rate rises from 0."),
    .value(.plateau, "FACTOR:PATIENCE", "Lower the learning rate after epochs without improvement."),
    .value(
      .loss, "categorical|sparse|binary", "Default: categorical; binary takes each class for itself."),
    .value(
      .threshold, "f1|youden|P",
      "With --loss binary: above which probability a class counts, chosen for each class by held-out pictures (best F1, "
        + "or Youden's J), or given for all (default: 0.5). It is stored in the model."),
    .value(.labelSmoothing, "SHARE", "Of categorical and binary (default: 0)."),
    .flag(.balance, "Rare classes count as much as frequent ones."),
    .value(.patience, "EPOCHS", "Stop a stage after so many epochs without improvement."),
    .value(
      .monitor, "accuracy|loss|last", "What the best epoch is chosen by, or the last one (default: accuracy)."
    ),
    .value(
      .augment, "STEPS", "flip,vertical-flip,rotation:F,zoom:F,translation:F,contrast:F,brightness:F."),
    .value(
      .augmentVariants, "K", "Compute K changes of each picture once, instead of new ones each epoch."),
    .value(.mixup, "ALPHA", "Mix pictures where the trained layers begin; 0.01 to 1, as in 0.2."),
    .value(.resize, "MODE", "bilinear, nearest, bicubic, lanczos or crop-to-aspect-ratio."),
    PictureOptions.exif,
    .value(.cacheLimit, "SIZE", "Bound of the features on disk (default: 10G)."),
    FeatureStore.option,
    .flag(.skipBad, "Leave out pictures that cannot be read, instead of stopping."),
    .flag(.resume, "Go on with a training that was stopped."),
    .flag(.overwrite, "Begin anew, although a training that was stopped could go on."),
    .flag(.dryRun, "Show the plan, with memory and expected time, and stop."),
    .flag(.noPlan, "Begin without measuring and showing the plan."),
    .flag(.json, "An object a line, for programs."),
  ]

  private enum OptimizerName: String, CaseIterable { case sgd, adam, adamw, rmsprop }
  private enum LossName: String, CaseIterable { case categorical, sparse, binary }
  private enum MonitorName: String, CaseIterable { case accuracy, loss, last }

  static func read(_ context: Context) throws -> TransferOptions {
    let arguments = context.arguments
    let pooling: Head.Pooling = try arguments.choice(.pooling) ?? .average
    var head = try arguments.parsed(.head) { try Head($0, pooling: pooling) } ?? .standard
    head.pooling = pooling
    var options = TransferOptions(head: head, stages: try stages(arguments), recipe: try recipe(arguments))
    options.trainsBatchNormalization = arguments.has(.trainBatchnorm)
    options.balances = arguments.has(.balance)
    options.augmentation = try arguments.parsed(.augment) { try Augmentation($0) }
    options.augmentationVariants = try arguments.int(.augmentVariants, in: 1...1_000)
    if options.augmentationVariants != nil, options.augmentation == nil {
      throw UsageError("--augment-variants needs --augment")
    }
    options.mixup = try arguments.number(.mixup, in: 0.01...1)
    options.thresholds = try thresholds(arguments)
    options.resize = try arguments.choice(.resize)
    options.skipBad = arguments.has(.skipBad)
    options.cacheLimit = try arguments.bytes(.cacheLimit) ?? options.cacheLimit
    return options
  }

  private static func stages(_ arguments: Arguments) throws -> [Stage] {
    if let stages = try arguments.parsed(.stages, Stage.parse) {
      guard arguments.given([.unfreeze, .epochs]) == nil else {
        throw UsageError("--stages says what --unfreeze and --epochs say")
      }
      return stages
    }
    let epochs = try arguments.int(.epochs, in: 1...100_000) ?? 10
    return [Stage(LayerSelection(arguments.string(.unfreeze) ?? "head"), epochs: epochs)]
  }

  private static func recipe(_ arguments: Arguments) throws -> TrainingRecipe {
    return TrainingRecipe(
      batchSize: try arguments.int(.batch, in: 1...65_536) ?? 32, loss: try loss(arguments),
      optimizer: try optimizer(arguments), schedule: try schedule(arguments), plateau: try plateau(arguments),
      earlyStopping: try arguments.int(.patience, in: 1...100_000).map { .init(patience: $0) },
      monitor: try monitor(arguments),
      seed: UInt64(try arguments.int(.seed, in: 0...Int.max) ?? 0))
  }

  /// How many folds to cross-validate on; `nil` where that is not asked for.
  ///
  /// - Throws: `UsageError` for what would choose by the pictures that a fold holds out, or holds out others.
  static func folds(_ arguments: Arguments) throws(UsageError) -> Int? {
    guard let count = try arguments.int(.folds, in: 2...1_000) else { return nil }
    if let option = arguments.given([.patience, .plateau, .monitor]) {
      throw UsageError(
        "--folds trains for all epochs and takes the last one, as one chosen by what is held out would flatter; "
          + "leave \(option) out")
    }
    guard arguments.string(.validationSplit) == nil else {
      throw UsageError("--folds says what --validation-split says: what is held out")
    }
    guard !arguments.has(.resume) else {
      throw UsageError("--resume does not go with --folds: its trainings are not saved after each epoch")
    }
    return count
  }

  private static func monitor(_ arguments: Arguments) throws(UsageError) -> TrainingRecipe.Monitor {
    guard try folds(arguments) == nil else { return .last }
    let name: MonitorName? = try arguments.choice(.monitor)
    switch name ?? .accuracy {
    case .accuracy: return .accuracy
    case .loss: return .loss
    case .last:
      guard arguments.string(.patience) == nil else {
        throw UsageError("--patience needs something to watch, and --monitor last watches nothing")
      }
      return .last
    }
  }

  private static func loss(_ arguments: Arguments) throws -> Loss {
    let smoothing = try arguments.number(.labelSmoothing, in: 0...0.999) ?? 0
    let name: LossName? = try arguments.choice(.loss)
    switch name ?? .categorical {
    case .categorical: return .categoricalCrossentropy(labelSmoothing: smoothing)
    case .binary: return .binaryCrossentropy(labelSmoothing: smoothing)
    case .sparse:
      guard smoothing == 0 else { throw UsageError("--label-smoothing does not go with the loss 'sparse'") }
      return .sparseCategoricalCrossentropy
    }
  }

  private static func thresholds(_ arguments: Arguments) throws(UsageError) -> ThresholdChoice? {
    guard let text = arguments.string(.threshold) else { return nil }
    let name: LossName? = try arguments.choice(.loss)
    guard name == .binary else {
      throw UsageError("--threshold is for --loss binary, which decides on each class by itself")
    }
    if let rule = ThresholdRule(rawValue: text) { return .chosen(rule) }
    guard let value = Double(text), (0...1).contains(value) else {
      let rules = ThresholdRule.allCases.map(\.rawValue).joined(separator: ", ")
      throw UsageError("--threshold is \(rules), or a probability from 0 to 1, found '\(text)'")
    }
    return .given(value)
  }

  private static func optimizer(_ arguments: Arguments) throws -> OptimizerConfiguration {
    let name: OptimizerName = try arguments.choice(.optimizer) ?? .adam
    let momentum = try arguments.number(.momentum, in: 0...1)
    let nesterov = arguments.has(.nesterov)
    if nesterov, name != .sgd || (momentum ?? 0) == 0 {
      throw UsageError("--nesterov goes with --optimizer sgd and --momentum")
    }
    var configuration: OptimizerConfiguration
    switch name {
    case .sgd: configuration = .sgd(momentum: momentum ?? 0, nesterov: nesterov)
    case .adam: configuration = .adam
    case .adamw: configuration = .adamW
    case .rmsprop:
      configuration = .rmsprop
      configuration.rule = .rmsprop(momentum: momentum ?? 0)
    }
    if momentum != nil, name != .sgd, name != .rmsprop {
      throw UsageError("--momentum goes with sgd and rmsprop")
    }
    if let rate = try arguments.number(.learningRate, in: 0...1e6) { configuration.learningRate = rate }
    if let decay = try arguments.number(.weightDecay, in: 0...1e6) { configuration.weightDecay = decay }
    configuration.layerwiseDecay = try arguments.number(.layerwiseDecay, in: 0...1)
    configuration.clipping = try clipping(arguments)
    return configuration
  }

  private static func clipping(_ arguments: Arguments) throws -> GradientClipping? {
    let names: [Setting] = [.clipNorm, .clipValue, .globalClipNorm]
    guard arguments.count(of: names) <= 1 else {
      throw UsageError("only one of " + names.map(\.rawValue).joined(separator: ", ") + " can be given")
    }
    if let limit = try arguments.number(names[0], in: 1e-30...1e30) { return .norm(limit) }
    if let limit = try arguments.number(names[1], in: 1e-30...1e30) { return .value(limit) }
    return try arguments.number(names[2], in: 1e-30...1e30).map { .globalNorm($0) }
  }

  private static func schedule(_ arguments: Arguments) throws -> TrainingRecipe.Schedule {
    let warmup = try arguments.number(.warmup, in: 0...100_000) ?? 0
    let text = arguments.string(.schedule) ?? "constant"
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    switch (parts[0], parts.count) {
    case ("constant", 1): return .init(.constant, warmupEpochs: warmup)
    case ("cosine", 1): return .init(.cosine(), warmupEpochs: warmup)
    case ("exponential", 2):
      guard let rate = Double(parts[1]), rate > 0, rate <= 1 else { break }
      return .init(.exponential(rate: rate), warmupEpochs: warmup)
    default: break
    }
    throw UsageError("--schedule is constant, cosine or exponential:FACTOR, found '\(text)'")
  }

  private static func plateau(_ arguments: Arguments) throws -> ReduceOnPlateau? {
    guard let text = arguments.string(.plateau) else { return nil }
    let parts = text.split(separator: ":").map(String.init)
    guard parts.count == 2, let factor = Double(parts[0]), factor > 0, factor < 1,
      let patience = Int(parts[1]),
      (1...100_000).contains(patience)
    else { throw UsageError("--plateau needs FACTOR:PATIENCE, as in 0.1:3, found '\(text)'") }
    return ReduceOnPlateau(factor: factor, patience: patience)
  }
}

extension Arguments {
  /// - Throws: `UsageError` unless the value is a number within `range`.
  func number(_ setting: Setting, in range: ClosedRange<Double>) throws(UsageError) -> Double? {
    guard let text = string(setting) else { return nil }
    guard let value = Double(text), range.contains(value) else {
      throw UsageError(
        "\(setting) needs a number from \(range.lowerBound) to \(range.upperBound), found '\(text)'")
    }
    return value
  }

  /// How many of these options were given.
  func count(of settings: [Setting]) -> Int { settings.count { string($0) != nil } }
}
