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

      With --folds N the pictures are divided into N parts with the classes' shares kept. Each part is held out once and
      told by a model trained on the others: that gives accuracy, loss and macro F1 of each fold, their mean and spread.
      Then a model is trained on all of the pictures and written; what to expect of it is what the folds say, as
      there are no pictures left that it does not know. MODEL.folds.csv has of each picture its fold and the probabilities
      that it was given. Where only the head is trained, the features are computed once for all of it.

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
    let folds = try TrainOptions.folds(arguments)
    let seed = options.recipe.seed
    let split = try arguments.fraction(.validationSplit) ?? 0.2
    let base = try context.model(model)
    options.exif = context.decoding(for: base, options.resize).exif
    try checkOutput(output, isNoneOf: [base.path] + [arguments.string(.labels)].compactMap { $0 })
    let data = try Dataset(
      folder, labels: arguments.string(.labels), validationSplit: folds == nil ? split : nil, seed: seed)
    context.tellWhatIsNotRead(data.training)
    let lock = isDryRun ? nil : try OutputLock(files)
    defer { lock?.release() }
    if !isDryRun { try checkCheckpoint(files, arguments) }
    let store = try FeatureStore(context)
    options.cacheFolder = store.folder
    if !isDryRun {
      Interruption.say(
        files.farewell(
          CommandLine.arguments, keepsEpochs: folds == nil, keepsFeatures: !store.isTemporary))
    }
    let folded = try folds.map { try CrossValidation(base, data, options, folds: $0) }
    let training = try folded?.whole ?? TransferTraining(base, data, options)
    tellOddities(of: training, base, context)
    if let folded { try tellOddities(of: folded, base, context) }
    if case .chosen? = options.thresholds, folded == nil, training.pictureCounts.validation == 0 {
      throw Failure(
        "--threshold chooses by pictures that are held out, and none are; hold some out, or use --folds")
    }
    if arguments.has(.resume) { try resume(training, files, context) }
    let narrator = TrainingNarrator(context)
    if isDryRun || !(arguments.has(.noPlan) || context.console.isQuiet) {
      try narrator.tell(plan: try training.previews(), of: training, folds: folds)
    }
    if isDryRun { return }
    if let folded { try validate(folded, files, narrator, context) }
    try train(training, folded, files, narrator, context)
    Interruption.say(nil)
    store.folder.trim(to: options.cacheLimit)
  }

  private static func tellOddities(of training: TransferTraining, _ base: ZooFile, _ context: Context) {
    let console = context.console
    if let count = training.reducedBatch {
      console.note("there are only \(count) pictures to learn from: a batch has as many")
    }
    if training.heldOutButSeen > 0 {
      console.warn(
        "\(base.path) was trained on \(training.heldOutButSeen.grouped) of the pictures that are held out here: "
          + "validation will flatter")
    }
    if training.heldOutButLearnt > 0 {
      console.warn(
        "\(training.heldOutButLearnt.grouped) of the pictures that are held out are also amongst those to learn from, "
          + "as copies: validation will flatter; 'zoo doctor' names them")
    }
    for picture in training.skipped { console.warn("skipped: \(picture.reason)") }
    for path in training.rebuilt { console.warn("\(path): could not be used and was started anew") }
  }

  private static func tellOddities(of folded: CrossValidation, _ base: ZooFile, _ context: Context) throws {
    let console = context.console
    let count = folded.folds.parts.count
    if folded.seenByBase > 0 {
      console.warn(
        "\(base.path) was trained on \(folded.seenByBase.grouped) of the pictures: the folds will flatter")
    }
    if folded.duplicates > 0 {
      console.warn(
        "\(folded.duplicates.grouped) pictures are there twice or more, and may be learnt from while they are held "
          + "out: the folds will flatter; 'zoo doctor' names them")
    }
    let layers = try folded.trainedBaseLayers
    if let first = layers.first {
      console.note(
        "\(counted(layers.count, "layer")) of the base are trained as well, from '\(first)' on: each of the \(count) "
          + "folds is a training of its own and takes as long as one")
    }
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

  private static func validate(
    _ folded: CrossValidation, _ files: TrainingFiles, _ narrator: TrainingNarrator, _ context: Context
  ) throws {
    for fold in folded.folds.parts.indices {
      let progress = FoldProgress(fold, of: folded, context)
      try folded.validate(fold, report: progress.report)
      progress.finish()
      if !folded.scoresNeedAllFolds { try narrator.tell(fold: fold, of: folded) }
    }
    if folded.scoresNeedAllFolds {
      for fold in folded.folds.parts.indices { try narrator.tell(fold: fold, of: folded) }
    }
    if let record = folded.record { try narrator.tell(folds: record) }
    try folded.writeTable(to: files.folds)
  }

  private static func train(
    _ training: TransferTraining, _ folded: CrossValidation?, _ files: TrainingFiles,
    _ narrator: TrainingNarrator, _ context: Context
  ) throws {
    let record = folded?.record
    let progress = TrainingProgress(training, record, files, narrator, context)
    // A checkpoint does not keep the folds.
    let outcome = try training.train(
      checkpoint: folded == nil ? files.checkpoint : nil, report: progress.report)
    progress.finish()
    if let failure = progress.failure { throw failure }
    let (state, output) = (training.run.state, files.output)
    if let best = state.bestEpoch {
      let undecided = try folded?.chooseThresholds() ?? training.chooseThresholds()
      if !undecided.isEmpty {
        context.console.warn(
          "no threshold can be chosen for \(undecided.joined(separator: ", ")): none of the pictures that are held out "
            + "show it, or all do; it is 0.5")
      }
      try training.write(to: output)
      try? FileManager.default.removeItem(atPath: files.checkpoint)
      try report(training, folded, files, context)
      try narrator.tell(chosen: state.history[best - 1], of: training, isFolded: folded != nil, files)
    }
    if case .diverged(let epoch, let step) = outcome {
      throw TransferError.diverged(epoch: epoch, step: step, best: state.bestEpoch, output: output)
    }
  }

  private static func report(
    _ training: TransferTraining, _ folded: CrossValidation?, _ files: TrainingFiles, _ context: Context
  ) throws {
    let measurement =
      try folded?.measurement(worst: Report.worst, sample: Report.mapped)
      ?? training.measurement(worst: Report.worst, sample: Report.mapped)
    var log = try training.log(command: CommandLine.arguments)
    log.crossValidation = folded?.record
    try Report(
      measurement, of: try ZooFile(files.output),
      Pictures.Decoding(training.model.resize, exif: training.model.exif == true),
      training: .known(log), folder: context.arguments.positionals[1]
    ).write(to: files.report)
  }
}
