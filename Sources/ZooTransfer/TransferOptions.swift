import ZooFeatures
import ZooGraph
import ZooImage
import ZooTrain

/// How a base becomes a classifier for one's own classes.
public struct TransferOptions: Sendable {
  /// The new layers on top of the base.
  public var head: Head
  /// The trainings in a row.
  public var stages: [Stage]
  /// How each of them is made.
  public var recipe: TrainingRecipe
  /// Whether BatchNormalization layers that are trained use the statistics of the batch.
  public var trainsBatchNormalization = false
  /// Whether rare classes count as much as frequent ones.
  public var balances = false
  /// Random changes of the pictures that are learnt from.
  public var augmentation: Augmentation?
  /// How many changes of each picture are computed once and kept; `nil` to change pictures anew in each epoch.
  public var augmentationVariants: Int?
  /// The parameter of mixup, 0.01…1.
  public var mixup: Double?
  /// Of a loss that decides on each class by itself; `nil`: ½ for all.
  public var thresholds: ThresholdChoice?
  /// By default the model's own.
  public var resize: ResizeMode?
  /// Whether pictures are turned by their EXIF orientation; they are as well where the base was trained so.
  public var exif = false
  /// Leave out pictures that cannot be read, instead of throwing.
  public var skipBad = false
  /// Where outputs of frozen layers are kept.
  public var cacheFolder = CacheFolder()
  /// Bytes of features on disk; what would need more is computed in each epoch.
  public var cacheLimit = 10 << 30
  /// To compute with; by default all processors.
  public var threads: Int?

  /// The recipe of Keras' guides: the base frozen, a head of Dense(1024, relu) and softmax, Adam, 10 epochs.
  public init(
    head: Head = .standard, stages: [Stage] = [Stage(LayerSelection("head"), epochs: 10)],
    recipe: TrainingRecipe = TrainingRecipe()
  ) {
    self.head = head
    self.stages = stages
    self.recipe = recipe
  }
}
