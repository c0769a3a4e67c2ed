import Glibc
import ZooSystem

/// What a user names as labelled pictures: a folder with a folder a class; a folder with `train` and `val` (or
/// `validation`) of such; a folder with a label file.
public struct LabelledPictures: Sendable, Equatable {
  public var list: ImageList
  /// The items of `list` that are held out to validate on; nil where nothing is said about it.
  public var heldOut: Set<Int>?

  /// The name under which a folder's label file is found by itself.
  public static let fileName = "labels.csv"

  /// - Parameter labels: a label file; without, `labels.csv` in the folder, where there is one.
  /// - Throws: `FileError` when something cannot be read, there is no picture, or `train` and `val` differ in
  ///   their classes.
  public init(_ folder: String, labels: String? = nil) throws(FileError) {
    let listed = joined(folder, Self.fileName)
    if let file = labels ?? (access(listed, F_OK) == 0 ? listed : nil) {
      self = try LabelFile(file).pictures(in: folder)
      return
    }
    let held = ["val", "validation"].map { joined(folder, $0) }.first { (try? isFolder($0)) == true }
    let learnt = joined(folder, "train")
    guard let held, (try? isFolder(learnt)) == true else {
      list = try ImageList(folder: folder)
      return
    }
    let training = try Self.part(learnt)
    let validation = try Self.part(held)
    try Self.checkSame(training, validation, folder)
    list = training
    list.items += validation.items
    list.leftOut += validation.leftOut
    heldOut = Set(training.items.count..<list.items.count)
  }

  init(list: ImageList, heldOut: Set<Int>?) {
    self.list = list
    self.heldOut = heldOut
  }

  /// The pictures to measure a classifier on: those held out, or all where nothing is said about it.
  public var toEvaluate: ImageList {
    var part = list
    part.items = list.items.indices.filter { heldOut?.contains($0) ?? true }.map { list.items[$0] }
    return part
  }

  private static func part(_ folder: String) throws(FileError) -> ImageList {
    let file = joined(folder, fileName)
    return try access(file, F_OK) == 0
      ? LabelFile(file).pictures(in: folder).list : ImageList(folder: folder)
  }

  private static func checkSame(
    _ training: ImageList, _ validation: ImageList, _ folder: String
  ) throws(FileError) {
    guard training.classNames != validation.classNames else { return }
    let odd = Set(training.classNames).symmetricDifference(validation.classNames).sorted(by: precedes)
    throw FileError(
      folder,
      odd.isEmpty
        ? "train and val name their classes in different orders"
        : "train and val differ in their classes: \(odd.joined(separator: ", "))",
      advice: "give both the same")
  }
}
