import ZooFile
import ZooSystem

/// A kind of file that a model is given away as. Each has a file in the folder `Formats` and a place in
/// `ExportFormats.all`.
public protocol ExportFormat: Sendable {
  /// What the names of such files end in.
  var ending: String { get }
  /// What is in such a file, for people: a few words.
  var contents: String { get }

  /// Writes a model in constant memory. The file appears whole or not at all.
  ///
  /// - Parameter progress: called with the bytes written since the last call.
  /// - Throws: `FileError` when it cannot be written, or the format has no place for something of the model.
  func write(_ model: ZooFile, to path: String, progress: (Int) -> Void) throws -> ExportReport
}

/// A format of models with their layers, which can begin with preparing the pixels.
public protocol WholeModelFormat: ExportFormat {
  /// Whether the model takes RGB pixels 0…255: its first layer is the preprocessing.
  var withPreprocessing: Bool { get set }
}

/// What was written.
public struct ExportReport: Sendable, Equatable {
  /// How many were written.
  public var tensors: Int
  /// Of the tensors.
  public var bytes = 0
  /// The operations of a format that has them.
  public var nodes: Int?
  /// The file beside the model that has its weights, where they do not fit into one.
  public var dataPath: String?
  /// What the file lacks, for people; mostly nothing.
  public var warnings: [String] = []

  /// - Parameter tensors: how many were written.
  public init(tensors: Int) {
    self.tensors = tensors
  }
}

/// The formats that there are.
public enum ExportFormats {
  /// In the order of the help.
  public static let all: [any ExportFormat] = [
    ONNXFormat(), KerasFormat(), HDF5Format(), WeightsFormat(), SafetensorsFormat(), NpzFormat(),
  ]

  /// By the ending of a file's name.
  ///
  /// - Throws: `FileError` that lists the known endings.
  public static func format(of path: String) throws(FileError) -> any ExportFormat {
    let known = all.sorted { $0.ending.count > $1.ending.count }
    guard let format = known.first(where: { path.lowercased().hasSuffix($0.ending) }) else {
      throw FileError(
        path, "has no ending that tells what to write",
        advice: "known are " + all.map(\.ending).joined(separator: ", "))
    }
    return format
  }
}

extension ZooFile {
  /// Writes the model in a format for others, in constant memory. The file appears whole or not at all.
  ///
  /// - Parameters:
  ///   - format: by default what the path's ending says.
  ///   - progress: called with the bytes written since the last call.
  /// - Throws: `FileError` when it cannot be written, is this file itself, or this file is damaged.
  @discardableResult
  public func export(
    to path: String, as format: (any ExportFormat)? = nil, progress: (Int) -> Void = { _ in }
  ) throws -> ExportReport {
    let format = try format ?? ExportFormats.format(of: path)
    try checkOutput(path, isNoneOf: [self.path])
    var bytes = 0
    var report = try format.write(self, to: path) { written in
      bytes += written
      progress(written)
    }
    report.bytes = bytes
    return report
  }
}
