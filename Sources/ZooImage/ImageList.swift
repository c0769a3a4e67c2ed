import ZooSystem

/// The picture files of a dataset, with the labels that class folders or a label file give them.
public struct ImageList: Sendable, Equatable {
  public struct Item: Sendable, Equatable {
    public var path: String
    /// What the picture shows, as ascending indices into `classNames`.
    public var labels: [Int]

    /// The first of the labels, the only one where class folders give them; nil for a picture without.
    public var label: Int? { labels.first }

    public init(path: String, label: Int? = nil) {
      self.init(path: path, labels: label.map { [$0] } ?? [])
    }

    public init(path: String, labels: [Int]) {
      self.path = path
      self.labels = labels
    }
  }

  public var items: [Item]
  /// The classes' names, sorted by their bytes where they come from folders; empty when there are none.
  public var classNames: [String]
  /// Pictures that lie beside class folders; like Keras, the list leaves them out.
  public var leftOut: [String]

  /// Keras' `ALLOWLIST_FORMATS`, and WebP.
  public static let extensions = ["bmp", "gif", "jpeg", "jpg", "png", "webp"]

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
    let folder = folder.count > 1 && folder.hasSuffix("/") ? String(folder.dropLast()) : folder
    let top = try FolderListing(folder)
    let loose = top.files.filter(Self.hasPictureExtension).map { joined(folder, $0) }
    let classes = top.folders
    items = []
    for (label, name) in classes.enumerated() {
      let pictures = try picturesBelow(joined(folder, name))
      items += pictures.map { Item(path: $0, label: label) }
    }
    let isLabelled = !items.isEmpty
    if !isLabelled { items = loose.map { Item(path: $0) } }
    classNames = isLabelled ? classes : []
    leftOut = isLabelled ? loose : []
    guard !items.isEmpty else {
      throw FileError(
        folder, "holds no picture", advice: "looked for ." + Self.extensions.joined(separator: " ."))
    }
  }

  init(items: [Item], classNames: [String], leftOut: [String] = []) {
    self.items = items
    self.classNames = classNames
    self.leftOut = leftOut
  }

  /// These files, in this order, without labels.
  public init(files: [String]) {
    items = files.map { Item(path: $0) }
    classNames = []
    leftOut = []
  }

  /// Folders and files in the order given.
  ///
  /// Classes of one name in several folders are one class; files have no label.
  ///
  /// - Throws: `FileError` when there is nothing at a path, or a folder holds no picture.
  public init(inputs: [String]) throws(FileError) {
    var lists: [ImageList] = []
    for input in inputs {
      lists.append(try isFolder(input) ? ImageList(folder: input) : ImageList(files: [input]))
    }
    let names = Set(lists.flatMap(\.classNames)).sorted(by: precedes)
    let labels = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
    items = lists.flatMap { list in
      list.items.map { item in
        Item(path: item.path, label: item.label.flatMap { labels[list.classNames[$0]] })
      }
    }
    classNames = names
    leftOut = lists.flatMap(\.leftOut)
  }

  /// All pictures of folders, at any depth, and files, in the order given; without labels, whatever folders they are in.
  ///
  /// - Throws: `FileError` when there is nothing at a path, or a folder holds no picture.
  public init(unlabelled inputs: [String]) throws(FileError) {
    var files: [String] = []
    for input in inputs {
      guard try isFolder(input) else {
        files.append(input)
        continue
      }
      let pictures = try picturesBelow(
        input.count > 1 && input.hasSuffix("/") ? String(input.dropLast()) : input)
      guard !pictures.isEmpty else {
        throw FileError(
          input, "holds no picture", advice: "looked for ." + Self.extensions.joined(separator: " ."))
      }
      files += pictures
    }
    self.init(files: files)
  }

  static func hasPictureExtension(_ name: String) -> Bool {
    let name = name.lowercased()
    return extensions.contains { name.hasSuffix("." + $0) }
  }
}
