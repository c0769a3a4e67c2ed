import ZooFile
import ZooHDF5
import ZooSystem

/// What a model's weights can be written as, for Keras and others.
public enum ExportFormat: String, Sendable, CaseIterable {
  /// The layout of Keras 1 and 2, which every Keras loads.
  case legacyWeights = ".h5"
  /// The layout of Keras 3.
  case weights = ".weights.h5"
  case safetensors = ".safetensors"
  case npz = ".npz"

  /// By the ending of a file's name.
  ///
  /// - Throws: `FileError` that lists the known endings.
  public init(path: String) throws(FileError) {
    let known = Self.allCases.sorted { $0.rawValue.count > $1.rawValue.count }
    guard let format = known.first(where: { path.hasSuffix($0.rawValue) }) else {
      throw FileError(
        path, "has no ending that tells what to write",
        advice: "known are " + Self.allCases.map(\.rawValue).joined(separator: ", "))
    }
    self = format
  }
}

extension ZooFile {
  /// Writes the weights in a format for others, every tensor bit for bit, in constant memory. The file appears
  /// whole or not at all.
  ///
  /// - Parameters:
  ///   - format: by default what the path's ending says.
  ///   - progress: called with the bytes written since the last call.
  /// - Throws: `FileError` when it cannot be written, or when this file
  ///   is damaged.
  public func export(
    to path: String, as format: ExportFormat? = nil, helper: HDF5Helper = HDF5Helper(),
    progress: (Int) -> Void = { _ in }
  ) throws {
    switch try format ?? ExportFormat(path: path) {
    case .legacyWeights: try HDF5Export(legacy: self).write(to: path, helper: helper, progress: progress)
    case .weights: try HDF5Export(weights: self).write(to: path, helper: helper, progress: progress)
    case .safetensors: try exportSafetensors(to: path, progress: progress)
    case .npz: try exportNpz(to: path, progress: progress)
    }
  }
}

/// An HDF5 file to be written from a `.zoo` file's tensors.
struct HDF5Export {
  let source: ZooFile
  var contents = HDF5Contents()
  /// The dataset of each tensor, by the tensor's position.
  private var paths: [Int: String] = [:]

  init(_ source: ZooFile) {
    self.source = source
  }

  mutating func add(tensor index: Int, at path: String, attributes: [HDF5Attribute] = []) {
    let tensor = source.tensors[index]
    contents.addDataset(path, .number(tensor.type), shape: tensor.shape, attributes: attributes)
    paths[index] = path
  }

  func write(to path: String, helper: HDF5Helper, progress: (Int) -> Void) throws {
    let writer = try HDF5Writer(path, contents, helper: helper)
    for (index, dataset) in paths.sorted(by: { $0.key < $1.key }) {
      try source.read(index) { piece in
        try writer.append(piece, to: dataset)
        progress(piece.count)
      }
    }
    try writer.commit()
  }
}
