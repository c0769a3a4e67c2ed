import Glibc
import ZooSystem

/// Pictures of known classes, in two parts: to learn from, and to validate on.
public struct Dataset: Sendable, Equatable {
  public var training: ImageList
  public var validation: ImageList

  /// Whether the folder holds the two parts, rather than that pictures are held out at random.
  public let isSplitOnDisk: Bool

  public var classNames: [String] { training.classNames }

  /// From a folder that holds `train` and `val` (or `validation`), each with a folder a class; or folders of
  /// classes, of which the share `validationSplit` is held out, class by class, the same for the same seed.
  ///
  /// - Throws: `FileError` when there are fewer than two classes, or the two parts differ in theirs.
  public init(_ folder: String, validationSplit: Double, seed: UInt64) throws(FileError) {
    let parts = ["val", "validation"].map { "\(folder)/\($0)" }.filter(Self.isFolder)
    if Self.isFolder("\(folder)/train"), let held = parts.first {
      training = try ImageList(folder: "\(folder)/train")
      validation = try ImageList(folder: held)
      try Self.checkSame(training, validation, folder)
      isSplitOnDisk = true
    } else {
      let all = try ImageList(folder: folder)
      let labels = all.items.map { $0.label ?? 0 }
      let split = Split(labels: labels, fraction: validationSplit, seed: seed)
      isSplitOnDisk = false
      training = all
      validation = all
      training.items = split.training.map { all.items[$0] }
      validation.items = split.validation.map { all.items[$0] }
    }
    guard classNames.count >= 2 else {
      throw FileError(
        folder, "has \(classNames.isEmpty ? "no class folders" : "one class only")",
        advice: "put the pictures of each class into a folder of its name")
    }
  }

  private static func checkSame(
    _ training: ImageList, _ validation: ImageList, _ folder: String
  ) throws(FileError) {
    let (left, right) = (Set(training.classNames), Set(validation.classNames))
    guard left == right else {
      let odd = left.symmetricDifference(right).sorted().joined(separator: ", ")
      throw FileError(
        folder, "train and val differ in their classes: \(odd)", advice: "give both the same folders")
    }
  }

  private static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }
}
