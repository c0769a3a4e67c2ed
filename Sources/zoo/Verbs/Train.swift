import FoundationEssentials
import ZooFeatures
import ZooFile
import ZooGraph
import ZooImage
import ZooReport
import ZooSystem
import ZooTrain
import ZooTransfer

/// `zoo train`: a base becomes a classifier for one's own classes.
enum Train: Verb {
  static let synopsis = Synopsis(
    name: "train", arguments: "MODEL DATA",
    summary: "Put a head on a base and train it on your own pictures; fine-tune the base from the top.",
    details: """
      DATA holds a folder a class, or `train` and `val` with such folders, or a labels.csv: a header, then the
      path of a picture and its class in each line. With --loss binary a picture may have several, `ants|bees`, or
      there is a column a class with 0 and 1; `is_valid` or `split` says what to hold out. By default the base is frozen, and a
      head of average pooling, Dense(1024, relu) and Dense(classes, softmax) is trained for 10 epochs with Adam.
      Written are MODEL.zoo with the best weights, MODEL.report.html, MODEL.log.csv and MODEL.log.json. While training, everything is
      saved after each epoch beside the output: --resume goes on from there to the same weights as if nothing had
      happened. MODEL may be a Keras file: it is converted once. With --json there is an object a line: the plan, each
      epoch, the end.

      LAYERS is `head`, `all`, a number of layers at the base's top, a pattern such as 'block_1*', or a layer or
      block such as `block5` from which on everything is trained.
      """,
    options: TrainOptions.options)

  static func run(_ context: Context) throws {
    let arguments = context.arguments
    let (model, folder) = try arguments.pair("MODEL", "DATA")
    let isDryRun = arguments.has(.dryRun)
    guard let output = arguments.string(.output) ?? (isDryRun ? "dry-run.zoo" : nil) else {
      throw UsageError("-o OUT.zoo is needed")
    }
    try checkModelOutput(output)
    let files = TrainingFiles(output: output)
    guard !(arguments.has(.resume) && arguments.has(.overwrite)) else {
      throw UsageError("--resume and --overwrite contradict each other")
    }
    var options = try TrainOptions.read(context)
    let seed = options.recipe.seed
    let split = try arguments.fraction(.validationSplit) ?? 0.2
    let base = try context.model(model)
    try checkOutput(output, isNoneOf: [base.path] + [arguments.string(.labels)].compactMap { $0 })
    let data = try Dataset(
      folder, labels: arguments.string(.labels), validationSplit: split, seed: seed)
    context.tellWhatIsNotRead(data.training)
    let lock = isDryRun ? nil : try OutputLock(files)
    defer { lock?.release() }
    if !isDryRun { try checkCheckpoint(files, arguments) }
    let store = try FeatureStore(context)
    options.cacheFolder = store.folder
    if !isDryRun {
      Interruption.say(files.farewell(CommandLine.arguments, keepsFeatures: !store.isTemporary))
    }
    let training = try TransferTraining(base, data, options)
    if let count = training.reducedBatch {
      context.console.note("there are only \(count) pictures to learn from: a batch has as many")
    }
    if training.heldOutButSeen > 0 {
      context.console.warn(
        "\(base.path) was trained on \(training.heldOutButSeen.grouped) of the pictures that are held out here: "
          + "validation will flatter")
    }
    for picture in training.skipped { context.console.warn("skipped: \(picture.reason)") }
    for path in training.rebuilt { context.console.warn("\(path): could not be used and was started anew") }
    if arguments.has(.resume) { try resume(training, files, context) }
    let narrator = TrainingNarrator(context)
    if isDryRun || !(arguments.has(.noPlan) || context.console.isQuiet) {
      try narrator.tell(plan: try training.previews(), of: training)
    }
    if isDryRun { return }
    try train(training, files, narrator, context)
    Interruption.say(nil)
    store.folder.trim(to: options.cacheLimit)
  }

  /// - Throws: `Failure` where it is not said what is to become of a training that was stopped.
  private static func checkCheckpoint(_ files: TrainingFiles, _ arguments: Arguments) throws {
    guard !arguments.has(.resume), FileManager.default.fileExists(atPath: files.checkpoint) else { return }
    guard arguments.has(.overwrite) else {
      throw Failure(
        "\(files.checkpoint): a training of this output was stopped and can go on; --resume goes on with it, "
          + "--overwrite begins anew")
    }
  }

  private static func resume(_ training: TransferTraining, _ files: TrainingFiles, _ context: Context) throws
  {
    guard FileManager.default.fileExists(atPath: files.checkpoint) else {
      return context.console.note("nothing to resume at \(files.checkpoint): begun anew")
    }
    try training.run.resume(from: files.checkpoint, data: training.identity)
    context.console.note("resumed after epoch \(training.run.state.epoch)")
  }

  private static func train(
    _ training: TransferTraining, _ files: TrainingFiles, _ narrator: TrainingNarrator, _ context: Context
  ) throws {
    let progress = TrainingProgress(training, files, narrator, context)
    let outcome = try training.train(checkpoint: files.checkpoint, report: progress.report)
    progress.finish()
    if let failure = progress.failure { throw failure }
    let (state, output) = (training.run.state, files.output)
    if let best = state.bestEpoch {
      try training.write(to: output)
      try? FileManager.default.removeItem(atPath: files.checkpoint)
      try report(training, files, context)
      try narrator.tell(best: state.history[best - 1], files)
    }
    if case .diverged(let epoch, let step) = outcome {
      throw TransferError.diverged(epoch: epoch, step: step, best: state.bestEpoch, output: output)
    }
  }

  private static func report(_ training: TransferTraining, _ files: TrainingFiles, _ context: Context) throws
  {
    try Report(
      title: ReportVerb.title(of: files.output),
      measurement: try training.measurement(worst: Report.worst, sample: Report.mapped),
      training: .known(try training.log(command: CommandLine.arguments)), model: training.model,
      graph: training.run.graph, folder: context.arguments.positionals[1]
    ).write(to: files.report)
  }
}
