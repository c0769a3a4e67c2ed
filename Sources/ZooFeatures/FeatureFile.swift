import ZooArrays
import ZooGraph
import ZooHDF5
import ZooImage
import ZooSystem

/// A file that features are written to, picture by picture. Without `finish` no file appears.
public protocol FeatureFile: AnyObject {
  /// Appends the features of one picture.
  func append(_ features: UnsafeBufferPointer<Float>, _ tags: FeatureTags) throws

  /// Writes what is left and gives the file its name.
  func finish() throws
}

/// The formats features can be written in, by the file's ending.
public enum FeatureFormat: String, CaseIterable, Sendable {
  /// Named as the endings of the files.
  case npy, npz, csv, safetensors, h5, jsonl

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
  public func create(_ path: String, shape: Shape, _ kinds: FeatureTagKinds) throws -> any FeatureFile {
    switch self {
    case .npy: try NpyFeatures(path, shape)
    case .npz: try NpzFeatures(path, shape, kinds)
    case .csv: try CSVFeatures(path, shape, kinds)
    case .safetensors: try SafetensorsFeatures(path, shape, kinds)
    case .h5: try HDF5Features(path, shape, kinds)
    case .jsonl: try JSONLinesFeatures(path, shape, kinds)
    }
  }
}

/// The bare array.
final class NpyFeatures: FeatureFile {
  private let writer: NpyWriter

  init(_ path: String, _ shape: Shape) throws {
    writer = try NpyWriter(path, rowShape: shape.dimensions)
  }

  func append(_ features: UnsafeBufferPointer<Float>, _ tags: FeatureTags) throws {
    try writer.rows.append(features)
  }

  func finish() throws {
    try writer.finish()
  }
}

/// `features`, `paths`, where there are classes `labels` and `class_names`, where there are parts `split`, and of files
/// `orientation`: whether they were turned.
final class NpzFeatures: FeatureFile {
  private let writer: NpzWriter
  private let rows: NpyRows
  private var tags: TagArrays

  init(_ path: String, _ shape: Shape, _ kinds: FeatureTagKinds) throws {
    writer = try NpzWriter(path)
    rows = try writer.rows("features", rowShape: shape.dimensions)
    tags = TagArrays(kinds)
  }

  func append(_ features: UnsafeBufferPointer<Float>, _ tags: FeatureTags) throws {
    try rows.append(features)
    self.tags.append(tags)
  }

  func finish() throws {
    if !tags.paths.isEmpty { try writer.add("paths", text: tags.paths) }
    if tags.hasLabels {
      try writer.add("labels", tags.labels, rowShape: tags.labelShape)
      try writer.add("class_names", text: tags.kinds.classNames)
    }
    if tags.kinds.hasParts { try writer.add("split", text: tags.partNames) }
    if let orientation = tags.kinds.orientation {
      try writer.add("orientation", text: [orientation.rawValue])
    }
    try writer.finish()
  }
}

/// A row a picture: path, label where there are classes (several as `ant|bee`), split where there are parts, then the
/// values `f0`, `f1`, ….
final class CSVFeatures: FeatureFile {
  private let writer: CSVWriter
  private let kinds: FeatureTagKinds
  private var row = 0

  init(_ path: String, _ shape: Shape, _ kinds: FeatureTagKinds) throws {
    let values = (0..<(shape.elementCount ?? 0)).map { "f\($0)" }
    writer = try CSVWriter(
      path,
      columns: ["path"] + (kinds.classNames.isEmpty ? [] : ["label"]) + (kinds.hasParts ? ["split"] : [])
        + values)
    self.kinds = kinds
  }

  func append(_ features: UnsafeBufferPointer<Float>, _ tags: FeatureTags) throws {
    var fields = [tags.path ?? "\(row)"]
    if !kinds.classNames.isEmpty { fields.append(kinds.names(tags.labels).joined(separator: "|")) }
    if kinds.hasParts { fields.append(tags.part?.rawValue ?? "") }
    try writer.append(fields.map(CSVWriter.Field.text), values: features)
    row += 1
  }

  func finish() throws {
    try writer.finish()
  }
}

/// An object a line: `path`, `labels` where there are classes, `split` where there are parts, `features` in the order
/// of the memory.
final class JSONLinesFeatures: FeatureFile {
  private struct Line: Encodable {
    var path: String?
    var labels: [String]?
    var split: String?
    var features: [Float]
  }

  private let writer: JSONLinesWriter
  private let kinds: FeatureTagKinds

  init(_ path: String, _ shape: Shape, _ kinds: FeatureTagKinds) throws {
    writer = try JSONLinesWriter(path)
    self.kinds = kinds
  }

  func append(_ features: UnsafeBufferPointer<Float>, _ tags: FeatureTags) throws {
    try writer.append(
      Line(
        path: tags.path, labels: kinds.classNames.isEmpty ? nil : kinds.names(tags.labels),
        split: tags.part?.rawValue, features: Array(features)))
  }

  func finish() throws {
    try writer.finish()
  }
}

/// `features`; where there are classes `labels`, with their names in the metadata; where there are parts `split`, a
/// number each, with what it means in the metadata, which says whether files were turned (`orientation`) as well.
final class SafetensorsFeatures: FeatureFile {
  private let writer: SafetensorsWriter
  private var tags: TagArrays

  init(_ path: String, _ shape: Shape, _ kinds: FeatureTagKinds) throws {
    tags = TagArrays(kinds)
    var tensors = [SafetensorsWriter.Tensor.rows("features", .float32, rowShape: shape.dimensions)]
    var metadata: [String: String] = [:]
    metadata["orientation"] = kinds.orientation?.rawValue
    if tags.hasLabels {
      tensors.append(.rows("labels", .int64, rowShape: tags.labelShape))
      metadata["class_names"] = kinds.classNames.joined(separator: "\n")
    }
    if kinds.hasParts {
      tensors.append(.rows("split", .int64, rowShape: []))
      metadata["split_names"] = ImageList.Part.allCases.map(\.rawValue).joined(separator: "\n")
    }
    writer = try SafetensorsWriter(path, tensors, metadata: metadata)
  }

  func append(_ features: UnsafeBufferPointer<Float>, _ tags: FeatureTags) throws {
    try writer.append(features)
    self.tags.append(tags)
  }

  func finish() throws {
    try writer.endRows()
    if tags.hasLabels {
      try writer.append(tags.labels)
      try writer.endRows()
    }
    if tags.kinds.hasParts {
      try writer.append(tags.partNumbers)
      try writer.endRows()
    }
    try writer.finish()
  }
}

/// The datasets `features`, `paths`, where there are classes `labels` and `class_names`, and where there are parts
/// `split`; of files the attribute `orientation` says whether they were turned. HDF5 wants to know the number of rows first, so they wait in a temporary file.
final class HDF5Features: FeatureFile {
  private let path: String
  private let shape: Shape
  /// Until the file is finished.
  private var folder: TemporaryFolder?
  private let spool: NpyWriter
  private let spoolPath: String
  private var tags: TagArrays

  init(_ path: String, _ shape: Shape, _ kinds: FeatureTagKinds) throws {
    self.path = path
    self.shape = shape
    tags = TagArrays(kinds)
    let folder = try TemporaryFolder()
    spoolPath = folder.path + "/rows.npy"
    spool = try NpyWriter(spoolPath, rowShape: shape.dimensions)
    self.folder = folder
  }

  func append(_ features: UnsafeBufferPointer<Float>, _ tags: FeatureTags) throws {
    try spool.rows.append(features)
    self.tags.append(tags)
  }

  func finish() throws {
    try spool.finish()
    let rows = try NpyFile(spoolPath)
    defer { folder = nil }
    var contents = HDF5Contents(
      attributes: tags.kinds.orientation.map { [HDF5Attribute.text("orientation", $0.rawValue)] } ?? [])
    contents.addDataset("features", .number(.float32), shape: [rows.rows] + shape.dimensions)
    if tags.hasLabels {
      contents.addDataset("labels", .number(.int64), shape: [rows.rows] + tags.labelShape)
    }
    let texts = texts.map { (name: $0.name, count: $0.values.count, field: Self.fixedWidth($0.values)) }
    for text in texts {
      contents.addDataset(text.name, .text(byteCount: text.field.width), shape: [text.count])
    }
    let writer = try HDF5Writer(path, contents)
    for row in 0..<rows.rows {
      try rows.bytes(rows: row..<(row + 1)).withUnsafeBytes { try writer.append($0, to: "features") }
    }
    if tags.hasLabels { try tags.labels.withUnsafeBytes { try writer.append($0, to: "labels") } }
    for text in texts { try text.field.bytes.withUnsafeBytes { try writer.append($0, to: text.name) } }
    try writer.commit()
  }

  private var texts: [(name: String, values: [String])] {
    var texts: [(name: String, values: [String])] = []
    if !tags.paths.isEmpty { texts.append(("paths", tags.paths)) }
    if tags.hasLabels { texts.append(("class_names", tags.kinds.classNames)) }
    if tags.kinds.hasParts { texts.append(("split", tags.partNames)) }
    return texts
  }

  /// UTF-8 in fields of one width.
  private static func fixedWidth(_ texts: [String]) -> (bytes: [UInt8], width: Int) {
    let width = max(1, texts.map(\.utf8.count).max() ?? 1)
    let bytes = texts.flatMap { text in
      Array(text.utf8) + [UInt8](repeating: 0, count: width - text.utf8.count)
    }
    return (bytes, width)
  }
}
