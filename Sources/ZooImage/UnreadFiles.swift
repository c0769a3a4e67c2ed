import ZooSystem

/// The files of a data set that are not read, counted by what they are, so that none is lost without a word.
public struct UnreadFiles: Sendable, Equatable {
  /// Files of one kind.
  public struct Kind: Sendable, Equatable, Codable {
    /// `TIFF file`, and what several are called.
    public var name, plural: String
    /// Whether they are pictures, that somebody may have meant to be read.
    public var arePictures: Bool
    /// How many there are.
    public var count: Int
    /// The first of them.
    public var example: String
  }

  /// By their names.
  private var found: [String: Kind] = [:]

  /// None.
  public init() {}

  /// Pictures first, the most frequent first.
  public var kinds: [Kind] {
    found.values.sorted {
      ($0.arePictures ? 0 : 1, -$0.count, $0.name) < ($1.arePictures ? 0 : 1, -$1.count, $1.name)
    }
  }

  /// Takes note of a file that is not read.
  mutating func add(_ path: String) {
    let kind = FileKind(of: path)
    add(kind.name, kind.plural, arePictures: kind.isPicture, 1, example: path)
  }

  mutating func add(linkToFolder path: String) {
    add("link to a folder", "links to folders", arePictures: false, 1, example: path)
  }

  /// Pictures in a folder that is no part of the data set.
  mutating func add(_ pictures: [String], in folder: String) {
    guard let first = pictures.first else { return }
    add(
      "picture in '\(folder)'", "pictures in '\(folder)'", arePictures: false, pictures.count, example: first)
  }

  static func += (left: inout UnreadFiles, right: UnreadFiles) {
    for kind in right.found.values {
      left.add(kind.name, kind.plural, arePictures: kind.arePictures, kind.count, example: kind.example)
    }
  }

  private mutating func add(
    _ name: String, _ plural: String, arePictures: Bool, _ count: Int, example: String
  ) {
    let kind = Kind(name: name, plural: plural, arePictures: arePictures, count: 0, example: example)
    found[name, default: kind].count += count
  }
}

extension UnreadFiles.Kind: CustomStringConvertible {
  /// `12 TIFF files`
  public var number: String { "\(count.grouped) \(count == 1 ? name : plural)" }

  /// `12 TIFF files are not read, as a/1.tif; convert them to JPEG or PNG`
  public var description: String {
    let sentence = "\(number) \(count == 1 ? "is not read" : "are not read, such as") "
    return (count == 1 ? "\(number) is not read: \(example)" : sentence + example)
      .followed(by: arePictures ? advice : nil).printable
  }

  private var advice: String {
    name.contains(" named ") ? "give the name the ending of its format" : "convert to JPEG or PNG"
  }
}

/// What a file is by the ending of its name, and where that says nothing by how it begins.
private struct FileKind {
  var name, plural: String
  var isPicture: Bool

  private static let pictures: [String: String] = [
    "jp2": "JPEG 2000", "j2k": "JPEG 2000", "psd": "Photoshop", "svg": "SVG", "ico": "icon",
    "tga": "Targa", "ppm": "Netpbm", "pgm": "Netpbm", "pbm": "Netpbm", "exr": "OpenEXR", "dcm": "DICOM",
    "cr2": "camera raw", "cr3": "camera raw", "nef": "camera raw", "arw": "camera raw", "dng": "camera raw",
    "orf": "camera raw", "rw2": "camera raw", "raf": "camera raw",
  ]
  private static let others: [String: String] = [
    "txt": "text", "md": "text", "csv": "CSV", "tsv": "CSV", "json": "JSON", "xml": "XML", "pdf": "PDF",
    "zip": "archive", "gz": "archive", "tar": "archive", "mp4": "video", "mov": "video", "avi": "video",
    "mkv": "video", "webm": "video", "db": "database", "npy": "NumPy", "npz": "NumPy",
  ]

  init(of path: String) {
    let file = path.split(separator: "/").last.map(String.init) ?? path
    let ending = file.lastIndex(of: ".").map { file[file.index(after: $0)...].lowercased() } ?? ""
    if let known = Self.pictures[ending] {
      self.init(known, isPicture: true)
    } else if let known = Self.others[ending] {
      self.init(known, isPicture: false)
    } else {
      // Numbers are no endings, and there may be as many as files.
      let isEnding = ending.count <= 8 && ending.contains(where: \.isLetter)
      let naming = isEnding ? "named .\(ending)" : "named without an ending"
      // What cannot be opened is no picture that could be read.
      let format = (try? PictureFormat(path: path)) ?? nil
      self.init(format?.name, naming, isPicture: format != nil)
    }
  }

  private init(_ kind: String?, _ naming: String? = nil, isPicture: Bool) {
    let before = kind.map { $0 + " " } ?? ""
    let after = naming.map { " " + $0 } ?? ""
    name = before + "file" + after
    plural = before + "files" + after
    self.isPicture = isPicture
  }
}
