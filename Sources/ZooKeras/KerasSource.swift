import ZooFile
import ZooGraph
import ZooHDF5
import ZooSystem

/// The layers and tensors that a Keras file holds, whatever its layout. No tensor is read yet.
public struct KerasSource: Sendable {
  /// In the file's own order.
  public var layers: [SourceLayer]
  /// A legacy file's groups, one for each layer of the outermost model; empty for other layouts.
  var groups: [SourceGroup] = []
  /// How the file is laid out.
  public var layout: KerasLayout
  /// Of the program that wrote the file, where it says so.
  public var kerasVersion: String?
  /// Keras' backend when it was written, where it says so.
  public var backend: String?
  /// The whole model's configuration as JSON, where the file holds one.
  public var modelConfig: String?
  /// A legacy file's own list of layers and weights, for an export that restores it.
  public var listing: [SourceLayerNames]?
  /// Names of classes that came along with it, and the file they are in.
  public var labels: (names: [String], file: String)?
  /// Files opened for the tensors; shards have several.
  public var files: [HDF5File]

  /// Whether Keras 1 or 2 wrote it; the first ones did not say so.
  var isKeras2: Bool {
    if let kerasVersion { return !kerasVersion.hasPrefix("3") }
    return layout == .legacyWeights || layout == .legacyModel
  }

  /// The number of values in all tensors.
  public var parameterCount: Int {
    layers.reduce(0) { $0 + $1.tensors.reduce(0) { $0 + ($1.elementCount ?? 0) } }
  }

  /// The values of a tensor of a few numbers; none where they are no numbers.
  func floats(of tensor: SourceTensor) throws(FileError) -> [Float] {
    guard let type = tensor.dataset.elementType else { return [] }
    let bytes = try files[tensor.file].bytes(of: tensor.dataset, limit: 1 << 20)
    return [Float](unsafeUninitializedCapacity: bytes.count / type.size) { floats, count in
      floats.initialize(repeating: 0)
      bytes.withUnsafeBytes { type.convert($0, to: floats) }
      count = floats.count
    }
  }
}

/// A layer of the outermost model in a legacy file: the tensors of a layer, or of all layers in a nested model.
struct SourceGroup: Sendable {
  var name: String
  /// As the file lists them: first those that training changes, then the others.
  var tensors: [SourceTensor]
}

/// How a file is laid out; see `keras/src/legacy/saving/legacy_h5_format.py` and
/// `keras/src/saving/saving_lib.py`.
public enum KerasLayout: String, Sendable, Codable {
  /// `model.save_weights("x.h5")` of Keras 1, 2 and tf-keras: all published files.
  case legacyWeights = "legacy weights (.h5)"
  /// `model.save("x.h5")`.
  case legacyModel = "legacy whole model (.h5)"
  /// `model.save_weights("x.weights.h5")` of Keras 3.
  case weights = "Keras 3 weights (.weights.h5)"
  /// The same in several files.
  case shardedWeights = "Keras 3 sharded weights (.weights.json)"
  /// `model.save("x.keras")`.
  case archive = "Keras 3 archive (.keras)"
}

/// A layer as a file tells of it.
public struct SourceLayer: Sendable, Equatable {
  /// The layer's name, where the file gives one; in order of preference.
  public var names: [String]
  /// Keras 3 files without names count each class: `conv2d_3` is class `conv2d`, number 3.
  public var numbered: NumberedClass?
  /// In the file's order.
  public var tensors: [SourceTensor]
  /// The listed layer that holds it, where that is a nested model.
  public var container: String?
  /// Where a Keras 3 file keeps it, without the groups called `layers`: `/functional/conv2d_3`.
  public var path: String?

  /// For messages.
  public var name: String { names.first ?? numbered.map(String.init(describing:)) ?? "?" }
}

/// The how-many-eth layer of its class, counted in Keras' layer order.
public struct NumberedClass: Sendable, Equatable {
  /// In snake case: `depthwise_conv2d`.
  public var className: String
  /// Counted in Keras' layer order.
  public var number: Int

  package init(className: String, number: Int) {
    (self.className, self.number) = (className, number)
  }
}

/// A tensor in a file, where it is and what it says it is.
public struct SourceTensor: Sendable, Equatable {
  /// As the file spells it: `conv1_conv/kernel:0`.
  public var name: String
  /// What the file calls the variable, where that is a word that is known: `kernel`, `W`.
  public var variable: String?
  /// Index of the file in `KerasSource.files`.
  public var file: Int
  /// Where its values are.
  public var dataset: HDF5Dataset

  /// From the outermost dimension to the innermost.
  public var shape: [Int] { dataset.shape }
  /// The number of values; `nil` where that is beyond all bounds.
  public var elementCount: Int? { elementCountOf(dataset.shape) }

  init(_ name: String, file: Int, dataset: HDF5Dataset) {
    self.name = name
    variable = Self.variable(in: name)
    self.file = file
    self.dataset = dataset
  }

  /// The words that layers' weights have been called by.
  private static let spellings: Set<String> = [
    "kernel", "depthwise_kernel", "pointwise_kernel", "W", "bias", "b", "gamma", "beta", "moving_mean",
    "running_mean", "moving_variance", "running_std", "running_var",
  ]

  /// The variable's name without the layer's.
  private static func variable(in name: String) -> String? {
    var last = name.split(separator: "/").last.map(String.init) ?? name
    if let colon = last.firstIndex(of: ":") { last = String(last[..<colon]) }
    if spellings.contains(last) { return last }
    // Keras 1 puts the layer's name before it, and VGG16's file a number behind: `block1_conv1_W_1`.
    var words = last.split(separator: "_")
    if words.count > 2, words.last?.allSatisfy(\.isNumber) == true { words.removeLast() }
    for count in [2, 1] where words.count > count {
      let word = words.suffix(count).joined(separator: "_")
      if spellings.contains(word) { return word }
    }
    return nil
  }
}
