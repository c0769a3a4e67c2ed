import ZooSystem

/// The picture files of a dataset, with the labels that class folders or a label file give them.
public struct ImageList: Sendable, Equatable {
  /// The part of a data set that a folder or a label file puts a picture into.
  public enum Part: String, Sendable, CaseIterable, Codable {
    /// To learn from.
    case train
    /// Held out.
    case val
  }

  /// A picture file with what is known of it.
  public struct Item: Sendable, Equatable {
    /// The file.
    public var path: String
    /// What the picture shows, as ascending indices into `classNames`.
    public var labels: [Int]
    /// `nil` where nothing is said about it.
    public var part: Part?

    /// The first of the labels, the only one where class folders give them; nil for a picture without.
    public var label: Int? { labels.first }

    /// - Parameter label: its only class.
    public init(path: String, label: Int? = nil) {
      self.init(path: path, labels: label.map { [$0] } ?? [])
    }

    /// - Parameter labels: ascending indices of its classes.
    public init(path: String, labels: [Int], part: Part? = nil) {
      self.path = path
      self.labels = labels
      self.part = part
    }
  }

  /// In the order of the list.
  public var items: [Item]
  /// The classes' names, sorted by their bytes where they come from folders; empty when there are none.
  public var classNames: [String]
  /// Pictures that lie beside class folders; like Keras, the list leaves them out.
  public var leftOut: [String] = []
  /// Pictures that the label file does not list.
  public var unlisted: [String] = []
  /// What else lies there.
  public var unread = UnreadFiles()

  /// Keras' `ALLOWLIST_FORMATS`, and those of the other formats that are read.
  public static let extensions = PictureFormat.allCases.flatMap(\.extensions).sorted()

  /// The pictures of `folder`, as `image_dataset_from_directory(shuffle=False)` lists them.
  ///
  /// Each folder directly in `folder` is a class, and its pictures, at any depth, have its label; a folder in
  /// which no class folder holds a picture gives its own pictures, without labels. Order is that of the bytes
  /// of the names: classes, then the folders in each, then files. Hidden files and folders are passed over. A
  /// class folder may be a symbolic link; links to folders below it are not followed. A file counts by its
  /// extension, whatever is in it.
  ///
  /// - Throws: `FileError` when the folder cannot be read or holds no picture.
  public init(folder: String) throws(FileError) {
    let folder = withoutFinalSlash(folder)
    var top = FoundFiles()
    let classes = try top.addFiles(of: folder).folders
    items = []
    var unread = top.unread
    for (label, name) in classes.enumerated() {
      let found = try FoundFiles(below: joined(folder, name))
      items += found.pictures.map { Item(path: $0, label: label) }
      unread += found.unread
    }
    let isLabelled = !items.isEmpty
    if !isLabelled { items = top.pictures.map { Item(path: $0) } }
    classNames = isLabelled ? classes : []
    leftOut = isLabelled ? top.pictures : []
    self.unread = unread
    guard !items.isEmpty else { throw Self.noPicture(in: folder, unread) }
  }

  init(items: [Item], classNames: [String]) {
    self.items = items
    self.classNames = classNames
  }

  /// These files, in this order, without labels.
  public init(files: [String]) {
    items = files.map { Item(path: $0) }
    classNames = []
  }

  /// Data sets, as ``LabelledPictures`` reads them, and files, in the order given.
  ///
  /// Classes of one name in several folders are one class; files have no label.
  ///
  /// - Throws: `FileError` when there is nothing at a path, or a folder holds no picture.
  public init(inputs: [String]) throws(FileError) {
    var lists: [ImageList] = []
    for input in inputs {
      lists.append(try isFolder(input) ? LabelledPictures(input).list : ImageList(files: [input]))
    }
    guard lists.count != 1 else {
      self = lists[0]
      return
    }
    let names = Set(lists.flatMap(\.classNames)).sorted(by: precedes)
    let labels = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
    self.init(items: [], classNames: names)
    for list in lists {
      items += list.items.map { item in
        Item(
          path: item.path, labels: item.labels.compactMap { labels[list.classNames[$0]] }.sorted(),
          part: item.part)
      }
      addRest(of: list)
    }
  }

  /// All pictures of folders, at any depth, and files, in the order given; without labels, whatever folders they are in.
  ///
  /// - Throws: `FileError` when there is nothing at a path, or a folder holds no picture.
  public init(unlabelled inputs: [String]) throws(FileError) {
    self.init(files: [])
    for input in inputs {
      guard try isFolder(input) else {
        items.append(Item(path: input))
        continue
      }
      let found = try FoundFiles(below: withoutFinalSlash(input))
      guard !found.pictures.isEmpty else { throw Self.noPicture(in: input, found.unread) }
      items += found.pictures.map { Item(path: $0) }
      unread += found.unread
    }
  }

  /// Takes note of what another list does not read.
  mutating func addRest(of other: ImageList) {
    leftOut += other.leftOut
    unlisted += other.unlisted
    unread += other.unread
  }

  private static func noPicture(in folder: String, _ unread: UnreadFiles) -> FileError {
    let others = unread.kinds.map(\.number).joined(separator: ", ")
    return FileError(
      folder, "holds no picture" + (others.isEmpty ? "" : ", only \(others)"),
      advice: "looked for ." + extensions.joined(separator: " ."))
  }

  package static func hasPictureExtension(_ name: String) -> Bool {
    let name = name.lowercased()
    return extensions.contains { name.hasSuffix("." + $0) }
  }
}
