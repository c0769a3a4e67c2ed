import FoundationEssentials
import Glibc
import ZooArrays
import ZooHDF5
import ZooSystem

extension KerasSource {
  /// Opens a file that Keras has written and finds its layers, whatever the layout: `.h5` of Keras 1 to 3,
  /// `.weights.h5`, its shards through `.weights.json`, `.keras`. The content decides, not the name.
  ///
  /// - Throws: `FileError` when the file is not such a file, damaged or cut off.
  public static func open(_ path: String, helper: HDF5Helper = HDF5Helper()) throws(FileError) -> KerasSource
  {
    if let foreign = ForeignModel(path, head: []), access(path + "/.", F_OK) == 0 {
      throw foreign.error(path)
    }
    let file = try InputFile(path)
    let start = try file.bytes(at: 0, count: min(file.size, 4_096))
    let isHDF5 = start.starts(with: [0x89, 0x48, 0x44, 0x46])
    if !isHDF5, let foreign = ForeignModel(path, head: start) { throw foreign.error(path) }
    if start.starts(with: [0x50, 0x4B, 3, 4]) { return try archive(path, helper) }
    if start.first(where: { !" \n\r\t".utf8.contains($0) }) == UInt8(ascii: "{") {
      return try shards(path, helper)
    }
    return try single(try HDF5File(path, helper: helper))
  }

  /// The file with the architecture that lies beside weights under their name, as `model.to_json()` and
  /// `model.save_weights()` are mostly used together.
  ///
  /// - Returns: `nil` where there is none, or the source needs none.
  func configurationBeside(_ path: String) throws(FileError) -> String? {
    guard modelConfig == nil, layout != .shardedWeights, let beside = Self.architecturePath(beside: path),
      access(beside, F_OK) == 0
    else { return nil }
    let bytes = try InputFile.contents(of: beside, limit: 64 << 20)
    let value = JSONValue(String(decoding: bytes, as: UTF8.self))
    let isArchitecture = value?["class_name"] != nil || value?.array?.first?["class_name"] != nil
    return isArchitecture ? beside : nil
  }

  /// The files beside a source, where they are, that may say more about it: its architecture, its classes' names.
  public static func filesBeside(_ path: String) -> [String] {
    [architecturePath(beside: path), labelsPath(beside: path)].compactMap { $0 }.filter {
      access($0, F_OK) == 0
    }
  }

  private static func architecturePath(beside path: String) -> String? {
    [".weights.h5", ".h5", ".hdf5"].first(where: path.hasSuffix).map {
      String(path.dropLast($0.count)) + ".json"
    }
  }

  private static func labelsPath(beside path: String) -> String {
    (path.lastIndex(of: "/").map { String(path[...$0]) } ?? "") + "labels.txt"
  }

  /// Takes the architecture from a file that `model.to_json()` wrote.
  ///
  /// - Throws: `FileError` when it cannot be read, is none, or the source has one of its own.
  mutating func take(configuration path: String, for source: String) throws(FileError) {
    guard modelConfig == nil else {
      throw FileError(
        source, "is a whole model: its own configuration decides", advice: "leave --config out")
    }
    let bytes = try InputFile.contents(of: path, limit: 64 << 20)
    let text = String(decoding: bytes, as: UTF8.self)
    guard let value = JSONValue(text) else {
      throw FileError(path, "is not JSON", advice: "give what model.to_json() wrote")
    }
    modelConfig = text
    kerasVersion = kerasVersion ?? value["keras_version"]?.string
  }

  private static func single(_ file: HDF5File) throws(FileError) -> KerasSource {
    if let legacy = LegacyLayout(file) { return try legacy.source() }
    if let weights = WeightsLayout([file]) {
      return KerasSource(layers: try weights.layers(), layout: .weights, files: [file])
    }
    throw FileError(
      file.path, "is an HDF5 file, but none that Keras wrote: it has neither 'layer_names' nor 'layers'",
      advice: "'zoo inspect' shows what is in it")
  }

  /// A `.keras` file: a zip of `config.json`, `metadata.json`, `model.weights.h5`.
  private static func archive(_ path: String, _ helper: HDF5Helper) throws(FileError) -> KerasSource {
    let archive = try ZipArchive(path)
    if let packed = try packedModel(archive, helper) { return packed }
    guard archive.entries.contains(where: { $0.name == "config.json" }) else {
      throw FileError(
        path, "is a zip archive, but not a .keras file: it has no 'config.json'",
        advice: "give a file that Keras has written")
    }
    let config = try archive.bytes(of: try archive.entry("config.json"), limit: 64 << 20)
    let metadata = try archive.bytes(of: try archive.entry("metadata.json"), limit: 1 << 20)
    var source = try single(try HDF5File(weightsIn: archive, helper: helper))
    source.layout = .archive
    source.modelConfig = String(decoding: config, as: UTF8.self)
    let told = try? JSONDecoder().decode(ArchiveMetadata.self, from: Data(metadata))
    source.kerasVersion = told?.keras_version
    source.labels = told?.class_names.map { ($0, "metadata.json") }
    return source
  }

  /// A zip with one `.h5` model in it and `labels.txt`, as Teachable Machine gives; `nil` for other archives.
  private static func packedModel(
    _ archive: ZipArchive, _ helper: HDF5Helper
  ) throws(FileError) -> KerasSource? {
    let models = archive.entries.filter { $0.name.hasSuffix(".h5") && $0.name != "model.weights.h5" }
    guard models.count == 1, !archive.entries.contains(where: { $0.name == "config.json" }) else {
      return nil
    }
    var source = try single(try HDF5File(models[0].name, in: archive, helper: helper))
    if let labels = archive.entries.first(where: { $0.name.split(separator: "/").last == "labels.txt" }) {
      let file = "\(archive.path), \(labels.name)"
      source.labels = (try classNames(try archive.bytes(of: labels, limit: 16 << 20), of: file), labels.name)
    }
    return source
  }

  /// The class names in the file `labels.txt` beside a model, if there is one.
  static func labelsBeside(_ path: String) throws(FileError) -> (names: [String], file: String)? {
    let file = labelsPath(beside: path)
    guard access(file, F_OK) == 0 else { return nil }
    return (try classNames(try InputFile.contents(of: file, limit: 16 << 20), of: file), file)
  }

  /// The lines of a text; blank ones may only follow the last name. Where every line begins with its number, as Teachable
  /// Machine writes them, that is taken off.
  ///
  /// - Throws: `FileError` for what is no text, and a blank line among names.
  public static func classNames(_ bytes: [UInt8], of path: String) throws(FileError) -> [String] {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw FileError(
        path, "is not text in UTF-8", advice: "store it as such, with a class name in each line")
    }
    let byteOrderMark: Character = "\u{FEFF}"
    var lines = text.drop { $0 == byteOrderMark }
      .split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      .map { $0.trimmed }
    while lines.last?.isEmpty == true { lines.removeLast() }
    if let blank = lines.firstIndex(of: "") {
      throw FileError(path, "has no name in line \(blank + 1)", advice: "give a class name in each line")
    }
    let isNumbered = lines.enumerated().allSatisfy { $1.hasPrefix("\($0) ") && $1.count > "\($0) ".count }
    return isNumbered ? lines.enumerated().map { String($1.dropFirst("\($0) ".count)).trimmed } : lines
  }

  private struct ArchiveMetadata: Decodable {
    var keras_version: String?
    /// Not Keras' own, but where people put them.
    var class_names: [String]?
  }

  /// `x.weights.json` names, for each group of variables, the files beside it that hold them.
  private static func shards(_ path: String, _ helper: HDF5Helper) throws(FileError) -> KerasSource {
    struct Map: Decodable {
      var weight_map: [String: Names]
    }
    enum Names: Decodable {
      case one(String)
      case several([String])

      init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let name = try? container.decode(String.self) {
          self = .one(name)
        } else {
          self = .several(try container.decode([String].self))
        }
      }

      var all: [String] {
        switch self {
        case .one(let name): [name]
        case .several(let names): names
        }
      }
    }
    let text: [UInt8]
    text = try InputFile.contents(of: path, limit: 64 << 20)
    guard let map = try? JSONDecoder().decode(Map.self, from: Data(text)) else {
      throw FileError(path, "is JSON, but not the index of a sharded Keras weights file")
    }
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
    let names = Set(map.weight_map.values.flatMap(\.all)).sorted()
    guard names.count <= 1_000 else { throw FileError(path, "names \(names.count) shards, more than 1000") }
    var files: [HDF5File] = []
    for name in names {
      guard !name.contains("/"), name != ".." else {
        throw FileError(path, "names the shard '\(name)'; shards must lie beside the index")
      }
      files.append(try HDF5File(folder + name, helper: helper))
    }
    guard let layout = WeightsLayout(files) else {
      throw FileError(path, "its shards hold no layers")
    }
    return KerasSource(layers: try layout.layers(), layout: .shardedWeights, files: files)
  }
}

extension HDF5File {
  /// The weights in a `.keras` archive; errors name the archive.
  convenience init(weightsIn archive: ZipArchive, helper: HDF5Helper) throws(FileError) {
    try self.init("model.weights.h5", in: archive, helper: helper)
  }

  /// A file in an archive.
  convenience init(_ name: String, in archive: ZipArchive, helper: HDF5Helper) throws(FileError) {
    let weights = try archive.entry(name)
    // The file stays readable after the folder is gone, as it is open by then.
    let folder = try TemporaryFolder()
    let unpacked = folder.path + "/" + (name.split(separator: "/").last ?? "file")
    do throws(FileError) {
      try archive.extract(weights, to: unpacked, limit: 16 << 30)
    } catch {
      guard error.path == unpacked else { throw error }
      throw FileError(
        archive.path, "cannot be unpacked into '\(folder.path)': \(error.reason)",
        advice: "free some space, or set TMPDIR to another folder")
    }
    try self.init(unpacked, for: "\(archive.path), \(name)", helper: helper)
  }
}
