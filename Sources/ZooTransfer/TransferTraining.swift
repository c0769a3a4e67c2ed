import ZooEngine
import ZooFeatures
import ZooFile
import ZooGraph
import ZooImage
import ZooSystem
import ZooTrain

/// A base, a head and pictures: trained, resumed, written.
public final class TransferTraining {
  /// What happens while training.
  public enum Event {
    /// The frozen layers' outputs are being computed, once for all epochs.
    case computing(done: Int, of: Int)
    /// Of the training itself.
    case training(TrainingRun.Event)
    /// Something worth knowing.
    case note(String)
  }

  /// The training itself, with its state and weights.
  public let run: TrainingRun
  /// As they are used: the batch is no larger than what there is.
  public let options: TransferOptions
  /// What the model's file is going to say.
  public internal(set) var model: ModelDescription
  /// How many of the pictures that are held out the base has been trained on.
  public let heldOutButSeen: Int
  /// How many of the pictures that are held out are amongst those to learn from as well, as copies.
  public let heldOutButLearnt: Int
  let network: TransferNetwork
  let data: TransferData
  /// As they were asked for, whatever the pictures here make of them.
  private let wanted: TransferOptions
  /// Caches of features that depend on earlier stages are of no use to other runs.
  private var temporary: TemporaryFolder?
  private var latestFrozenPart: FrozenPart?
  /// Of the present stage.
  private var openCaches: [FeatureCache] = []
  /// How many pictures a batch has, where there are fewer than one should have.
  public let reducedBatch: Int?
  /// Caches that were damaged and have been started anew.
  public private(set) var rebuilt: Set<String> = []

  /// Checks everything that can be checked before the first step, the pictures included.
  ///
  /// - Throws: `TransferError`, `TrainError` or `FileError` for what the user can change; errors of the base;
  ///   `CancellationError` in a task that is cancelled.
  public convenience init(_ base: ZooFile, _ dataset: Dataset, _ options: TransferOptions) throws {
    let network = try TransferNetwork(base, classes: dataset.classNames.count, options)
    let known =
      options.augmentation == nil
      ? try options.stages.first.map { stage in
        try network.caches(of: try network.split(of: stage, options), in: options.cacheFolder)
      } : nil
    let data = try TransferData(dataset, loader: network.loader, skipBad: options.skipBad) { id in
      known.map { $0.allSatisfy { $0.contains(id) } } ?? false
    }
    if options.recipe.loss.outputFunction == .softmax { try data.requireOneClassEach() }
    try self.init(network, data, options)
    rebuilt = Set((known ?? []).filter(\.wasRebuilt).map(\.path))
  }

  /// The same training with `part` of its pictures held out, given by their places amongst those to learn from.
  convenience init(of other: TransferTraining, holdingOut part: [Int]) throws {
    try self.init(other.network, other.data.holdingOut(part), other.wanted)
  }

  private init(_ network: TransferNetwork, _ data: TransferData, _ wanted: TransferOptions) throws {
    self.network = network
    self.data = data
    self.wanted = wanted
    var options = wanted
    let count = data.training.items.count
    guard count > 0 else { throw TransferError("there are no pictures to learn from") }
    // As in Keras, a batch is no larger than what there is.
    reducedBatch = count < options.recipe.batchSize ? count : nil
    options.recipe.batchSize = min(count, options.recipe.batchSize)
    if options.balances {
      options.recipe.classWeights = ClassWeights(balancing: try data.targets(of: data.training))
    }
    self.options = options
    let base = network.base
    run = try TrainingRun(
      network.graph, weights: try network.initialWeights(seed: options.recipe.seed), head: network.head,
      stages: options.stages, recipe: options.recipe,
      trainsBatchNormalization: options.trainsBatchNormalization, threads: options.threads)
    let seen = base.model.trained?.pictures ?? []
    let learnt = Set(data.trainingIDs)
    heldOutButLearnt = data.validationIDs.count(where: learnt.contains)
    heldOutButSeen = data.validationIDs.count { seen.contains(Array($0.prefix(TrainedPictures.hashSize))) }
    model = ModelDescription(
      base: base.model.base, includeTop: true, graph: network.graph.graph,
      preprocessing: base.model.preprocessing, resize: network.decoding.resize, exif: network.decoding.exif,
      labels: data.classNames,
      provenance: Provenance(
        createdBy: "zoo \(zooVersion)", sourceName: base.path.split(separator: "/").last.map(String.init)),
      trained: TrainedPictures(
        seed: data.seed, validationShare: data.validationShare,
        heldOut: data.validationIDs.count, pictures: data.trainingIDs + Array(seen)))
    if case .given(let value)? = options.thresholds {
      model.thresholds = DecisionThresholds(
        .given, data.classNames.map { _ in value }, pictures: 0)
    }
    guard options.thresholds == nil || decidesOnEach else {
      throw TransferError("thresholds are for a loss that decides on each class by itself: --loss binary")
    }
  }

  /// Pictures to learn from, to validate on, and left out as unreadable.
  public var pictureCounts: (training: Int, validation: Int) {
    (data.training.items.count, data.validation.items.count)
  }

  /// Pictures that cannot be read, and are left out.
  public var skipped: [BadPicture] { data.skipped }

  /// How many pictures of each class there are to learn from; one of several classes counts for each.
  public var classCounts: [(name: String, pictures: Int)] {
    var counts = [Int](repeating: 0, count: data.classNames.count)
    for label in data.training.items.flatMap(\.labels) { counts[label] += 1 }
    return zip(data.classNames, counts).map { ($0, $1) }
  }

  /// What a checkpoint must have been made with: pictures, base, and how pictures are read.
  public var identity: String {
    let digest = Digest(.sha256)
    func add(_ text: String) { Array("\(text)\n".utf8).withUnsafeBytes { digest.update($0) } }
    add(data.digest)
    add("\(model.resize) \(options.augmentation?.description ?? "") \(options.augmentationVariants ?? 0)")
    add("\(options.mixup ?? 0)")
    if model.exif == true { add("exif") }
    for (tensor, sha256) in zip(network.base.tensors, network.base.digests) {
      add("\(tensor.name) \(sha256)")
    }
    return digest.finish()
  }

  /// Trains to the end of the last stage, or goes on to it.
  ///
  /// - Parameter checkpoint: where the training is saved after each epoch.
  /// - Throws: `TrainError`, `TransferError`, `FileError` when the disk is full, and `CancellationError` in a task
  ///   that is cancelled: what was saved stays, and the training can go on from there.
  public func train(
    checkpoint: String? = nil, report: (Event) -> TrainingRun.Reply = { _ in .goOn }
  ) throws -> TrainingRun.Outcome {
    do {
      let outcome = try trainToTheEnd(checkpoint, report)
      if outcome == .interrupted { try Task.checkCancellation() }
      return outcome
    } catch {
      try Task.checkCancellation()
      throw error
    }
  }

  private func trainToTheEnd(
    _ checkpoint: String?, _ report: (Event) -> TrainingRun.Reply
  ) throws -> TrainingRun.Outcome {
    let identity = identity
    let writer = checkpoint.map { CheckpointWriter($0) }
    defer { try? writer?.finish() }
    let outcome = try run.train(
      data: { split throws(TrainError) in
        do {
          return try stageData(split, report)
        } catch let error as TrainError {
          throw error
        } catch {
          throw TrainError("\(error)")
        }
      },
      report: { event throws(TrainError) in
        if case .epoch = event, let writer {
          do throws(FileError) {
            try writer.write(run.checkpoint(data: identity))
          } catch {
            throw TrainError(error.description)
          }
        }
        for cache in openCaches where cache.hasDamage && rebuilt.insert(cache.path).inserted {
          _ = report(.note("\(cache.path): was damaged; what could not be used was computed anew"))
        }
        return Task.isCancelled ? .interrupt : report(.training(event))
      })
    try writer?.finish()
    return outcome
  }

  // MARK: Data of a stage

  /// The layers below the cut; the same again as long as training has not changed them.
  private func frozenPart(of split: TrainingSplit) -> FrozenPart {
    if let known = latestFrozenPart, known.layers == split.boundary, !hasChangedFrozenLayers(of: split) {
      return known
    }
    let part = FrozenPart(
      run.graph, split, weights: run.weights, preprocessing: model.preprocessing, threads: options.threads)
    latestFrozenPart = part
    return part
  }

  /// Whether earlier stages have trained layers below the cut.
  private func hasChangedFrozenLayers(of split: TrainingSplit) -> Bool {
    let active = Set(split.active)
    return run.changedWeights.contains { !active.contains($0.layer) }
  }

  func stageData(_ split: TrainingSplit, _ report: (Event) -> TrainingRun.Reply) throws -> StageData {
    let (training, validation) = try examples(of: split, report)
    for cached in [training, validation].compactMap({ $0 as? CachedExamples }) where cached.missing > 0 {
      let total = cached.missing
      var done = 0
      _ = report(.computing(done: 0, of: total))
      try cached.compute { count in
        done += count
        _ = report(.computing(done: done, of: total))
      }
    }
    let mixed: any Examples =
      options.mixup.map { MixedExamples(source: training, alpha: $0, seed: options.recipe.seed) } ?? training
    return StageData(training: mixed, validation: validation.count > 0 ? validation : nil)
  }

  /// The pictures as the trained layers see them, out of caches where that is possible.
  func examples(
    of split: TrainingSplit, _ report: (Event) -> TrainingRun.Reply
  ) throws -> (training: any Examples, validation: any Examples) {
    let frozen = frozenPart(of: split)
    let training = try pictures(data.training, data.trainingIDs, frozen, options.augmentation)
    let validation = try pictures(data.validation, data.validationIDs, frozen)
    let isFresh = options.augmentation != nil && options.augmentationVariants == nil
    let variants = options.augmentationVariants ?? 1
    let values = frozen.shapes.reduce(0) { $0 + ($1.elementCount ?? 0) }
    let bytes = FeatureCache.byteCount(
      pictures: (isFresh ? 0 : training.count * variants) + validation.count, values: values)
    guard bytes <= options.cacheLimit else {
      _ = report(
        .note(
          "the outputs of the frozen layers take \(bytes >> 20) MiB, more than --cache-limit; "
            + "they are computed in each epoch"))
      return (training, validation)
    }
    let caches = try caches(split, report)
    let known = CachedExamples(validation, caches, variants: 1, augmentation: nil)
    guard !isFresh else { return (training, known) }
    let change = options.augmentation.map { "\($0) \(options.recipe.seed)" }
    return (CachedExamples(training, caches, variants: variants, augmentation: change), known)
  }

  /// The pictures to learn from, as they are without augmentation.
  func plainTrainingExamples(of split: TrainingSplit) throws -> any Examples {
    guard options.augmentation != nil else { return try examples(of: split) { _ in .goOn }.training }
    return try pictures(data.training, data.trainingIDs, frozenPart(of: split))
  }

  private func pictures(
    _ list: ImageList, _ ids: [FeatureCache.PictureID], _ frozen: FrozenPart,
    _ augmentation: Augmentation? = nil
  ) throws -> PictureExamples {
    PictureExamples(
      list, ids, frozen, targets: try data.targets(of: list), loader: network.loader,
      augmentation: augmentation, seed: options.recipe.seed)
  }

  private func caches(
    _ split: TrainingSplit, _ report: (Event) -> TrainingRun.Reply
  ) throws -> [FeatureCache] {
    let caches = try network.caches(of: split, in: try folder(for: split))
    for cache in caches where cache.wasRebuilt && rebuilt.insert(cache.path).inserted {
      _ = report(.note("\(cache.path): could not be used and was started anew"))
    }
    openCaches = caches
    return caches
  }

  /// Where earlier stages have changed frozen layers, their outputs are of no use to other runs.
  private func folder(for split: TrainingSplit) throws -> CacheFolder {
    guard hasChangedFrozenLayers(of: split) else { return options.cacheFolder }
    let folder = try TemporaryFolder()
    temporary = folder
    return CacheFolder(folder.path)
  }
}
