import ZooSystem

/// Pictures of known classes, in two parts: to learn from, and to validate on.
public struct Dataset: Sendable, Equatable {
  /// Tells as well what is not read, of both parts.
  public var training: ImageList
  /// The pictures that are held out.
  public var validation: ImageList

  /// Whether the folder or the label file says which pictures are held out, rather than that they are at random.
  public let isSplitOnDisk: Bool
  /// Of what was held out at random; `nil` where the data set says what to hold out, or nothing was.
  public let validationShare: Double?
  /// Of the choice at random.
  public let seed: UInt64

  /// The classes' names, in the order of their numbers.
  public var classNames: [String] { training.classNames }

  /// The pictures that ``LabelledPictures`` finds. Where it is not said what to hold out, it is the share
  /// `validationSplit`, class by class, the same for the same seed; without a share it is nothing.
  ///
  /// - Throws: `FileError` as ``LabelledPictures``, and when there are fewer than two classes.
  public init(
    _ folder: String, labels: String? = nil, validationSplit: Double? = 0.2, seed: UInt64 = 0
  ) throws(FileError) {
    let pictures = try LabelledPictures(folder, labels: labels)
    let all = pictures.list
    guard all.classNames.count >= 2 else {
      throw FileError(
        folder, "has \(all.classNames.isEmpty ? "no class folders" : "one class only")",
        advice:
          "put the pictures of each class into a folder of its name, or name their classes in a label file"
      )
    }
    let split =
      pictures.heldOut.map { Split(of: all.items.count, heldOut: $0) }
      ?? validationSplit.map { Split(labels: all.items.map(\.labels), fraction: $0, seed: seed) }
      ?? Split(of: all.items.count, heldOut: [])
    isSplitOnDisk = pictures.heldOut != nil
    validationShare = isSplitOnDisk ? nil : validationSplit
    self.seed = seed
    training = all
    training.items = split.training.map { all.items[$0] }
    validation = ImageList(items: split.validation.map { all.items[$0] }, classNames: all.classNames)
  }
}
