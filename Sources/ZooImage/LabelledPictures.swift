import Glibc
import ZooSystem

/// What a user names as labelled pictures: a folder with a folder a class; a folder with `train` and `val` (or
/// `valid`, `validation`) of such; a folder with a label file.
public struct LabelledPictures: Sendable, Equatable {
  /// All of them.
  public var list: ImageList

  /// The name under which a folder's label file is found by itself.
  public static let fileName = "labels.csv"
  private static let heldOutNames = ["val", "validation", "valid"]
  private static let partNames = heldOutNames + ["train", "training", "test", "testing"]

  /// - Parameter labels: a label file; without, `labels.csv` in the folder, where there is one.
  /// - Throws: `FileError` when something cannot be read, there is no picture, `train` and `val` differ in
  ///   their classes, or one of them is missing.
  public init(_ folder: String, labels: String? = nil) throws(FileError) {
    let listed = joined(folder, Self.fileName)
    if let file = labels ?? (access(listed, F_OK) == 0 ? listed : nil) {
      self = try LabelFile(file).pictures(in: folder)
      return
    }
    let held = Self.heldOutNames.map { joined(folder, $0) }.first { (try? isFolder($0)) == true }
    let learnt = joined(folder, "train")
    if let held, (try? isFolder(learnt)) == true {
      list = try Self.parted(learnt, held, in: folder)
    } else {
      list = try ImageList(folder: folder)
      try Self.checkAreClasses(list.classNames, folder)
    }
  }

  init(list: ImageList) {
    self.list = list
  }

  /// The items of `list` that are held out to validate on; nil where nothing is said about it.
  public var heldOut: Set<Int>? {
    guard list.items.contains(where: { $0.part != nil }) else { return nil }
    return Set(list.items.indices.filter { list.items[$0].part == .val })
  }

  /// The pictures to measure a classifier on: those held out, or all where there are none.
  public var toEvaluate: ImageList {
    guard let held = heldOut, !held.isEmpty else { return list }
    var part = list
    part.items = held.sorted().map { list.items[$0] }
    return part
  }

  /// Of a folder with `train` and `val` in it.
  private static func parted(
    _ learnt: String, _ held: String, in folder: String
  ) throws(FileError) -> ImageList {
    var list = try part(learnt, .train)
    let validation = try part(held, .val)
    try checkSame(list, validation, folder)
    list.items += validation.items
    list.addRest(of: validation)
    let folder = withoutFinalSlash(folder)
    var beside = FoundFiles()
    for name in try beside.addFiles(of: folder).folders {
      guard case let path = joined(folder, name), path != withoutFinalSlash(learnt), path != held else {
        continue
      }
      list.unread.add(try FoundFiles(below: path).pictures, in: name)
    }
    list.leftOut += beside.pictures
    list.unread += beside.unread
    return list
  }

  private static func part(_ folder: String, _ part: ImageList.Part) throws(FileError) -> ImageList {
    let file = joined(folder, fileName)
    var list =
      try access(file, F_OK) == 0 ? LabelFile(file).pictures(in: folder).list : ImageList(folder: folder)
    for index in list.items.indices { list.items[index].part = part }
    return list
  }

  /// Folders called as parts of a data set are no classes.
  private static func checkAreClasses(_ names: [String], _ folder: String) throws(FileError) {
    guard !names.isEmpty, names.allSatisfy({ partNames.contains($0.lowercased()) }) else { return }
    throw FileError(
      folder,
      "its folders (\(names.joined(separator: ", "))) are called as parts of a data set, not as classes",
      advice: "name them train and val to have both, or give one of them, such as \(joined(folder, names[0]))"
    )
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
