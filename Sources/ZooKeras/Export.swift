import ZooFile
import ZooHDF5
import ZooSystem

/// What a model can be written as, for Keras and others.
public enum ExportFormat: String, Sendable, CaseIterable {
  /// The whole model as Keras 3 saves it.
  case archive = ".keras"
  /// The whole model as Keras 1 and 2 saved it; every Keras loads it, and its weights alone.
  case legacyModel = ".h5"
  /// The weights in the layout of Keras 3.
  case weights = ".weights.h5"
  case safetensors = ".safetensors"
  case npz = ".npz"

  /// Whether the layers are in the file, not only their weights.
  public var isWholeModel: Bool { self == .archive || self == .legacyModel }

  /// By the ending of a file's name.
  ///
  /// - Throws: `FileError` that lists the known endings.
  public init(path: String) throws(FileError) {
    let known = Self.allCases.sorted { $0.rawValue.count > $1.rawValue.count }
    guard let format = known.first(where: { path.lowercased().hasSuffix($0.rawValue) }) else {
      throw FileError(
        path, "has no ending that tells what to write",
        advice: "known are " + Self.allCases.map(\.rawValue).joined(separator: ", "))
    }
    self = format
  }
}

extension ZooFile {
  /// Writes the model in a format for others, every tensor bit for bit, in constant memory. The file appears
  /// whole or not at all.
  ///
  /// - Parameters:
  ///   - format: by default what the path's ending says.
  ///   - withPreprocessing: the first layer of a whole model is the preprocessing.
  ///   - progress: called with the bytes written since the last call.
  /// - Returns: what the file lacks, for people; mostly nothing.
  /// - Throws: `FileError` when it cannot be written, is this file itself, or this file is damaged.
  @discardableResult
  public func export(
    to path: String, as format: ExportFormat? = nil, withPreprocessing: Bool = false,
    helper: HDF5Helper = HDF5Helper(), progress: (Int) -> Void = { _ in }
  ) throws -> [String] {
    try checkOutput(path, isNoneOf: [self.path])
    let format = try format ?? ExportFormat(path: path)
    guard format.isWholeModel || !withPreprocessing else {
      throw FileError(
        path, "a \(format.rawValue) file holds weights only, no preprocessing", advice: "write .keras or .h5")
    }
    var model = OutgoingModel(self)
    if withPreprocessing { try model.addPreprocessing() }
    if format.isWholeModel {
      try model.spellOutActivations(forKeras2: format == .legacyModel)
      try model.writeOutConstantLookUps()
    }
    switch format {
    case .archive: try model.exportArchive(to: path, helper: helper, progress: progress)
    case .legacyModel:
      let (file, warnings) = try HDF5Export.legacy(model)
      try file.write(to: path, helper: helper, progress: progress)
      return warnings
    case .weights: try HDF5Export(weights: model).write(to: path, helper: helper, progress: progress)
    case .safetensors: try exportSafetensors(to: path, progress: progress)
    case .npz: try exportNpz(to: path, progress: progress)
    }
    return []
  }
}

/// An HDF5 file to be written from a model's weights.
struct HDF5Export {
  let model: OutgoingModel
  var contents = HDF5Contents()
  private var datasets: [(path: String, weight: OutgoingModel.Weight)] = []

  init(_ model: OutgoingModel) {
    self.model = model
  }

  mutating func add(_ weight: OutgoingModel.Weight, at path: String, attributes: [HDF5Attribute] = []) {
    contents.addDataset(path, .number(weight.type), shape: weight.shape, attributes: attributes)
    datasets.append((path, weight))
  }

  func write(to path: String, helper: HDF5Helper, progress: (Int) -> Void) throws {
    let writer = try HDF5Writer(path, contents, helper: helper)
    for (path, weight) in datasets {
      try model.read(weight) { piece in
        try writer.append(piece, to: path)
        progress(piece.count)
      }
    }
    try writer.commit()
  }
}
