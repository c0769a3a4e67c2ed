import ZooArrays
import ZooFile
import ZooSystem

/// Predictions as a table: in CSV a row a picture, with the best class and its score first; or an object a line.
public enum PredictionTable: String, Sendable, CaseIterable {
  /// Named as the endings of the files.
  case csv, jsonl

  /// - Throws: `FileError` about `path` where the table cannot hold what the model answers.
  public func check(_ file: ZooFile, to path: String) throws(FileError) {
    guard self == .csv, file.graph.outputs.count > 1 else { return }
    throw FileError(
      path, "\(file.path) has \(file.graph.outputs.count) outputs, and a row of CSV has room for one",
      advice: "write .jsonl")
  }

  /// Writes the table; without success no file appears.
  ///
  /// - Throws: `FileError` when it cannot be written.
  public func write(_ rows: [PicturePrediction], to path: String) throws {
    switch self {
    case .csv: try writeCSV(rows, to: path)
    case .jsonl:
      let writer = try JSONLinesWriter(path)
      for row in rows { try writer.append(row) }
      try writer.finish()
    }
  }

  /// `path`, `labels` where each class is decided on, then `class` and what its score is, for each of the best classes.
  private func writeCSV(_ rows: [PicturePrediction], to path: String) throws {
    let count = rows.first?.predictions.count ?? 0
    let score = rows.first?.kind.rawValue ?? ""
    let hasLabels = rows.first?.labels != nil
    let columns = (0..<count).flatMap { place in
      let number = place == 0 ? "" : "_\(place + 1)"
      return ["class\(number)", "\(score)\(number)"]
    }
    let writer = try CSVWriter(path, columns: ["path"] + (hasLabels ? ["labels"] : []) + columns)
    for row in rows {
      var fields: [CSVWriter.Field] = [.text(row.path)]
      if let labels = row.labels { fields.append(.text(labels.joined(separator: "|"))) }
      fields += row.predictions.flatMap { [.text($0.label), .float($0.score)] }
      try writer.append(fields, values: [])
    }
    try writer.finish()
  }
}
