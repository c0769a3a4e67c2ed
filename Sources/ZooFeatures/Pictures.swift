import Synchronization
import ZooArrays
import ZooGraph
import ZooImage
import ZooSystem

/// Where pictures come from, batch by batch: files and memory, out of which they are decoded, or an array of pixels.
public enum Pictures: Sendable {
  /// The picture files of a list.
  case files(ImageList, Decoding)
  /// Pictures wherever they are, in this order, without labels.
  case given([Picture], Decoding)
  /// Raw pixels 0…255, N × height × width × channels, uint8 or float32.
  case array(NpyFile)

  /// How files become pixels.
  public struct Decoding: Sendable, Equatable {
    /// How they get their size.
    public var resize: ResizeMode
    /// Large JPEGs are decoded at a fraction of their size; the pixels are then not Keras'.
    public var isFast: Bool
    /// Whether they are turned by their EXIF orientation, which Keras does not do.
    public var exif: Bool

    /// - Parameters:
    ///   - isFast: decode large JPEGs at a fraction of their size.
    ///   - exif: turn pictures by their EXIF orientation.
    public init(_ resize: ResizeMode, isFast: Bool = false, exif: Bool = false) {
      self.resize = resize
      self.isFast = isFast
      self.exif = exif
    }
  }

  /// From what a user names: one `.npy` file, or folders and picture files.
  ///
  /// - Parameters:
  ///   - shape: of one picture, as the model takes it.
  ///   - model: the model's path, for errors.
  ///   - list: makes a list of folders and files; by default one with the labels of ``LabelledPictures``.
  /// - Throws: `FileError` when nothing is there, for an array of a wrong shape or type, and where no picture can fill
  ///   the shape.
  public init(
    _ inputs: [String], _ decoding: Decoding, shape: Shape, model: String = "the model",
    list: ([String]) throws -> ImageList = { try ImageList(inputs: $0) }
  ) throws {
    if inputs.count == 1, let path = inputs.first, path.hasSuffix(".npy") {
      let array = try NpyFile(path)
      try Self.check(array, shape)
      self = .array(array)
    } else {
      _ = try ColorMode(for: shape, of: model)
      self = .files(try list(inputs), decoding)
    }
  }

  private static func check(_ array: NpyFile, _ shape: Shape) throws(FileError) {
    let found = array.header.shape
    guard found.count == shape.rank + 1, Array(found.dropFirst()) == shape.dimensions else {
      throw FileError(
        array.path,
        "expected values of shape N×\(shape), found \(found.map(String.init).joined(separator: "×"))",
        advice: "resize them, or convert the model with --input-size")
    }
    guard array.rows > 0 else {
      throw FileError(array.path, "holds no pictures: its first dimension is 0")
    }
    switch array.header.element {
    case .number(.uint8), .number(.float32): return
    case let other:
      throw FileError(
        array.path, "expected uint8 or float32 pixels from 0 to 255, found \(other)",
        advice: "convert them with .astype('float32')")
    }
  }

  /// How many there are.
  public var count: Int {
    switch self {
    case .files(let list, _): list.items.count
    case .given(let pictures, _): pictures.count
    case .array(let array): array.rows
    }
  }

  /// The path of a picture, or what it is called; `nil` in an array.
  public func path(_ index: Int) -> String? {
    switch self {
    case .files(let list, _): list.items[index].path
    case .given(let pictures, _): pictures[index].name
    case .array: nil
    }
  }

  /// Whether pictures are turned by their EXIF orientation; `nil` of an array, which is as it is.
  public var exif: Bool? {
    switch self {
    case .files(_, let decoding), .given(_, let decoding): decoding.exif
    case .array: nil
    }
  }

  /// The list of files; `nil` where there is none.
  public var list: ImageList? {
    if case .files(let list, _) = self { list } else { nil }
  }

  /// The classes' names, empty where there are none.
  public var classNames: [String] { list?.classNames ?? [] }

  /// Loads pictures into `pixels`, float32 0…255 side by side, on all cores.
  ///
  /// - Returns: the pictures that could not be loaded, with the reason. Their places hold anything.
  func load(
    _ range: Range<Int>, shape: Shape, into pixels: UnsafeMutableBufferPointer<Float>
  ) throws(FileError) -> [BadPicture] {
    switch self {
    case .array(let array):
      try array.read(rows: range, into: pixels)
      let size = array.header.rowElements
      guard let place = pixels[..<(range.count * size)].firstIndex(where: { !$0.isFinite }) else { return [] }
      throw FileError(
        array.path, "picture \(range.lowerBound + place / size) has a pixel that is no number",
        advice: "give values from 0 to 255")
    case .files(let list, let decoding):
      return try decode(range, decoding, shape, into: pixels) { .file(list.items[$0].path) }
    case .given(let pictures, let decoding):
      return try decode(range, decoding, shape, into: pixels) { pictures[$0] }
    }
  }

  private func decode(
    _ range: Range<Int>, _ decoding: Decoding, _ shape: Shape, into pixels: UnsafeMutableBufferPointer<Float>,
    _ picture: @Sendable (Int) -> Picture
  ) throws(FileError) -> [BadPicture] {
    let map = shape.picture ?? shape
    let loader = ImageLoader(
      height: map.height, width: map.width, resize: decoding.resize,
      color: try ColorMode(for: shape, of: "the model"), fastDecode: decoding.isFast,
      exif: decoding.exif)
    let bad = Mutex<[BadPicture]>([])
    nonisolated(unsafe) let pixels = pixels
    let size = loader.count
    Threads.forEach(range.count) { position in
      let index = range.lowerBound + position
      let place = UnsafeMutableBufferPointer(rebasing: pixels[(position * size)..<((position + 1) * size)])
      do throws(FileError) {
        try loader.load(picture(index), into: place)
      } catch {
        bad.withLock {
          $0.append(BadPicture(index: index, path: picture(index).name, reason: error.description))
        }
      }
    }
    return bad.withLock { $0 }.sorted { $0.index < $1.index }
  }
}

/// A picture that could not be read.
public struct BadPicture: Sendable, Equatable {
  /// Its place in the list.
  public var index: Int
  /// The file, or what the picture is called.
  public var path: String
  /// One line that names the file.
  public var reason: String

  /// - Parameter reason: one line that names the file.
  public init(index: Int, path: String, reason: String) {
    self.index = index
    self.path = path
    self.reason = reason
  }
}
