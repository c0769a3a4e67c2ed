import ZooSystem

/// A picture, wherever it is. The same picture gives the same numbers from all of these places.
public enum Picture: Sendable, Equatable {
  /// The path of a JPEG, PNG, WebP, GIF or BMP file.
  case file(String)
  /// What would be in such a file, and what results and errors call the picture.
  case encoded([UInt8], name: String)
  /// Pixels that have been decoded.
  case pixels(PixelPicture)

  /// What results and errors call it.
  public var name: String {
    switch self {
    case .file(let path): path
    case .encoded(_, let name): name
    case .pixels(let picture): picture.name
    }
  }

  /// All pictures of folders, at any depth, and files, in the order given.
  ///
  /// - Throws: `FileError` when there is nothing at a path, or a folder holds no picture.
  public static func files(at paths: String...) throws(FileError) -> [Picture] {
    try ImageList(unlabelled: paths).items.map { .file($0.path) }
  }
}
