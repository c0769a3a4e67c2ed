import Glibc
import ZooGraph
import ZooKeras
import ZooPlugin
import ZooSystem

/// The folder of models at hand: `$XDG_DATA_HOME/zoo/models`. A base's name stands for its file there, and Keras files
/// are converted into it once.
public struct ModelStore: Sendable {
  /// The folder's path.
  public let folder: String

  /// - Parameter folder: another folder than the user's own.
  public init(_ folder: String? = nil) {
    self.folder = folder ?? UserFolder.data.path + "/zoo/models"
  }

  /// Where the file of a base is, or would be.
  public func path(of base: String, includeTop: Bool) -> String {
    "\(folder)/\(base)\(includeTop ? "" : "_no_top").zoo"
  }

  /// The files at hand for a base.
  public func files(of base: String) -> [String] {
    [true, false].map { path(of: base, includeTop: $0) }.filter(Self.exists)
  }

  /// What a model's name means: a file, or a base that was fetched.
  ///
  /// - Parameter registry: asked for where there is neither, to name what is like it.
  /// - Throws: ``StoreError`` that says how to get one, and what `registry` throws.
  public func resolve(_ model: String, registry: () throws -> Registry) throws -> String {
    if Self.exists(model) || model.contains("/") || model.hasSuffix(".zoo") { return model }
    if let file = files(of: model).first { return file }
    let names = try registry().bases.map(\.name)
    guard names.contains(model) else {
      throw StoreError.unknownModel(model, unknown(model, amongst: names, what: "base"))
    }
    throw StoreError.notAtHand(model)
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
  package static func isCalledAsModel(_ path: String) -> Bool {
    [".zoo", ".h5", ".hdf5", ".keras"].contains(where: path.hasSuffix) && exists(path)
  }

  package static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }
}

extension String {
  /// `a/b.weights.h5` with `zoo` becomes `a/b.zoo`.
  package func replacingExtension(with ending: String) -> String {
    for known in [
      ".weights.h5", ".weights.json", ".h5", ".hdf5", ".keras", ".model", ".zoo", ".onnx", ".npz",
      ".safetensors",
    ] where hasSuffix(known) {
      return dropLast(known.count) + "." + ending
    }
    return self + "." + ending
  }
}
