import ZooArrays
import ZooGraph
import ZooHDF5
import ZooSystem

/// A file that features are written to, picture by picture. Without `finish` no file appears.
public protocol FeatureFile: AnyObject {
  /// Appends the features of one picture.
  func append(_ features: UnsafeBufferPointer<Float>, path: String?, label: Int?) throws

  /// Writes what is left and gives the file its name.
  func finish() throws
}

/// The formats features can be written in, by the file's ending.
public enum FeatureFormat: String, CaseIterable, Sendable {
  case npy, npz, csv, safetensors, h5

  /// - Throws: `FileError` for an unknown ending.
  public init(path: String) throws(FileError) {
    let ending = path.split(separator: ".").last?.lowercased() ?? ""
    guard let format = FeatureFormat(rawValue: ending) else {
      let all = Self.allCases.map { ".\($0.rawValue)" }.joined(separator: ", ")
      throw FileError(path, "features cannot be written with this ending", advice: "use one of \(all)")
    }
    self = format
  }

  /// Starts a file for features of `shape`.
  public func create(_ path: String, shape: Shape, classNames: [String]) throws -> any FeatureFile {
    switch self {
    case .npy: try NpyFeatures(path, shape)
    case .npz: try NpzFeatures(path, shape, classNames)
    case .csv: try CSVFeatures(path, shape, classNames)
    case .safetensors: try SafetensorsFeatures(path, shape, classNames)
    case .h5: try HDF5Features(path, shape, classNames)
    }
  }
}

/// The bare array.
final class NpyFeatures: FeatureFile {
  private let writer: NpyWriter

  init(_ path: String, _ shape: Shape) throws {
    writer = try NpyWriter(path, rowShape: shape.dimensions)
  }

  func append(_ features: UnsafeBufferPointer<Float>, path: String?, label: Int?) throws {
    try writer.rows.append(features)
  }

  func finish() throws {
    try writer.finish()
  }
}

/// `features`, `paths`, and where there are classes `labels` and `class_names`.
final class NpzFeatures: FeatureFile {
  private let writer: NpzWriter
  private let rows: NpyRows
  private let classNames: [String]
  private var paths: [String] = []
  private var labels: [Int64] = []

  init(_ path: String, _ shape: Shape, _ classNames: [String]) throws {
    writer = try NpzWriter(path)
    rows = try writer.rows("features", rowShape: shape.dimensions)
    self.classNames = classNames
  }

  func append(_ features: UnsafeBufferPointer<Float>, path: String?, label: Int?) throws {
    try rows.append(features)
    if let path { paths.append(path) }
    labels.append(Int64(label ?? -1))
  }

  func finish() throws {
    if !paths.isEmpty { try writer.add("paths", text: paths) }
    if !classNames.isEmpty {
      try writer.add("labels", labels)
      try writer.add("class_names", text: classNames)
    }
    try writer.finish()
  }
}

/// A row a picture: path, label where there are classes, then the values `f0`, `f1`, ….
final class CSVFeatures: FeatureFile {
  private let writer: CSVWriter
  private let classNames: [String]
  private var row = 0

  init(_ path: String, _ shape: Shape, _ classNames: [String]) throws {
    let values = (0..<(shape.elementCount ?? 0)).map { "f\($0)" }
    writer = try CSVWriter(path, columns: ["path"] + (classNames.isEmpty ? [] : ["label"]) + values)
    self.classNames = classNames
  }

  func append(_ features: UnsafeBufferPointer<Float>, path: String?, label: Int?) throws {
    let name = label.flatMap { classNames.indices.contains($0) ? classNames[$0] : nil } ?? ""
    try writer.append(
      [.text(path ?? "\(row)")] + (classNames.isEmpty ? [] : [.text(name)]), values: features)
    row += 1
  }

  func finish() throws {
    try writer.finish()
  }
}

/// `features`, and `labels` where there are classes; the class names are in the metadata.
final class SafetensorsFeatures: FeatureFile {
  private let writer: SafetensorsWriter
  private let hasLabels: Bool
  private var labels: [Int64] = []

  init(_ path: String, _ shape: Shape, _ classNames: [String]) throws {
    hasLabels = !classNames.isEmpty
    let features = SafetensorsWriter.Tensor.rows("features", .float32, rowShape: shape.dimensions)
    let labels = SafetensorsWriter.Tensor.rows("labels", .int64, rowShape: [])
    writer = try SafetensorsWriter(
      path, hasLabels ? [features, labels] : [features],
      metadata: hasLabels ? ["class_names": classNames.joined(separator: "\n")] : [:])
  }

  func append(_ features: UnsafeBufferPointer<Float>, path: String?, label: Int?) throws {
    try writer.append(features)
    labels.append(Int64(label ?? -1))
  }

  func finish() throws {
    try writer.endRows()
    if hasLabels {
      try writer.append(labels)
      try writer.endRows()
    }
    try writer.finish()
  }
}

/// The datasets `features`, `paths`, and where there are classes `labels` and `class_names`. HDF5 wants to know
/// the number of rows first, so they wait in a temporary file.
final class HDF5Features: FeatureFile {
  private let path: String
  private let shape: Shape
  private let classNames: [String]
  /// Until the file is finished.
  private var folder: TemporaryFolder?
  private let spool: NpyWriter
  private let spoolPath: String
  private var paths: [String] = []
  private var labels: [Int64] = []

  init(_ path: String, _ shape: Shape, _ classNames: [String]) throws {
    self.path = path
    self.shape = shape
    self.classNames = classNames
    let folder = try TemporaryFolder()
    spoolPath = folder.path + "/rows.npy"
    spool = try NpyWriter(spoolPath, rowShape: shape.dimensions)
    self.folder = folder
  }

  func append(_ features: UnsafeBufferPointer<Float>, path: String?, label: Int?) throws {
    try spool.rows.append(features)
    if let path { paths.append(path) }
    labels.append(Int64(label ?? -1))
  }

  func finish() throws {
    try spool.finish()
    let rows = try NpyFile(spoolPath)
    defer { folder = nil }
    var contents = HDF5Contents()
    contents.addDataset("features", .number(.float32), shape: [rows.rows] + shape.dimensions)
    let (pathBytes, pathWidth) = Self.fixedWidth(paths)
    let (nameBytes, nameWidth) = Self.fixedWidth(classNames)
    if !paths.isEmpty { contents.addDataset("paths", .text(byteCount: pathWidth), shape: [paths.count]) }
    if !classNames.isEmpty {
      contents.addDataset("labels", .number(.int64), shape: [labels.count])
      contents.addDataset("class_names", .text(byteCount: nameWidth), shape: [classNames.count])
    }
    let writer = try HDF5Writer(path, contents)
    for row in 0..<rows.rows {
      try rows.bytes(rows: row..<(row + 1)).withUnsafeBytes { try writer.append($0, to: "features") }
    }
    if !paths.isEmpty { try pathBytes.withUnsafeBytes { try writer.append($0, to: "paths") } }
    if !classNames.isEmpty {
      try labels.withUnsafeBytes { try writer.append($0, to: "labels") }
      try nameBytes.withUnsafeBytes { try writer.append($0, to: "class_names") }
    }
    try writer.commit()
  }

  /// UTF-8 in fields of one width.
  private static func fixedWidth(_ texts: [String]) -> ([UInt8], Int) {
    let width = max(1, texts.map(\.utf8.count).max() ?? 1)
    let bytes = texts.flatMap { text in
      Array(text.utf8) + [UInt8](repeating: 0, count: width - text.utf8.count)
    }
    return (bytes, width)
  }
}
