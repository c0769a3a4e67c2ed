import Glibc
import ZooGraph
import ZooKeras
import ZooPlugin
import ZooSystem

/// The folder of fetched models: `$XDG_DATA_HOME/zoo/models`. A base's name stands for its file there.
struct ModelStore {
  let folder: String

  init() {
    folder = UserFolder.data.path + "/zoo/models"
  }

  func path(of base: String, includeTop: Bool) -> String {
    "\(folder)/\(base)\(includeTop ? "" : "_no_top").zoo"
  }

  /// The files at hand for a base.
  func files(of base: String) -> [String] {
    [true, false].map { path(of: base, includeTop: $0) }.filter(Self.exists)
  }

  /// What MODEL means: a file, or the name of a base that was fetched.
  ///
  /// - Throws: `Failure` that says how to get one.
  func resolve(_ model: String, registry: () throws -> Registry) throws -> String {
    if Self.exists(model) || model.contains("/") || model.hasSuffix(".zoo") { return model }
    if let file = files(of: model).first { return file }
    let names = try registry().bases.map(\.name)
    guard names.contains(model) else {
      throw Failure("\(model): no such file, and " + unknown(model, amongst: names, what: "base"))
    }
    throw Failure("\(model): no converted weights at hand; run 'zoo fetch \(model)' or 'zoo convert FILE'")
  }

  /// Where the file converted from a Keras file goes: another one for each content, name (which may tell the base) and
  /// version of this program.
  ///
  /// - Throws: `FileError` when it cannot be read.
  func path(convertedFrom source: String) throws(FileError) -> String {
    let name = source.split(separator: "/").last.map(String.init) ?? source
    let digest = Digest(.sha256)
    var parts = [name, zooVersion]
    for file in [source] + KerasSource.filesBeside(source) { parts.append(try Digest.ofFile(file)) }
    for part in parts { Array("\(part)\n".utf8).withUnsafeBytes { digest.update($0) } }
    let stem = name.replacingExtension(with: digest.finish().prefix(16) + ".zoo")
    return "\(folder)/converted/\(stem)"
  }

  /// Whether a file is there whose name is that of a model.
  static func isCalledAsModel(_ path: String) -> Bool {
    [".zoo", ".h5", ".hdf5", ".keras"].contains(where: path.hasSuffix) && exists(path)
  }

  static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }
}
