import ZooArrays
import ZooFeatures
import ZooFile
import ZooGraph
import ZooSystem

/// Predictions as a table: in CSV a row a picture, with the best class and its score first; or an object a line.
struct PredictionTable {
  private enum Format: String, CaseIterable { case csv, jsonl }

  private let output: StreamedOutput
  private let format: Format

  /// Where no table is asked for, nothing.
  ///
  /// - Throws: `UsageError` for tables of other formats.
  init?(_ arguments: Arguments) throws {
    guard let path = arguments.string(.output) else {
      guard arguments.string(.format) == nil else { throw UsageError("--format is for -o -") }
      return nil
    }
    let formats = Format.allCases.map(\.rawValue)
    let ending = path.split(separator: "/").last?.split(separator: ".").dropFirst().last.map(String.init)
    if let ending, ["json", "tsv", "parquet", "xlsx", "npy", "npz"].contains(ending) {
      throw UsageError("tables are written as .csv or .jsonl, found .\(ending)")
    }
    guard path == "-" || ending.map(formats.contains) == true else { return nil }
    output = try StreamedOutput(path, formats: formats, arguments)
    format = output.path.hasSuffix(".csv") ? .csv : .jsonl
  }

  var path: String { output.path }
  var isStream: Bool { output.isStream }

  /// - Throws: `FileError` where the table would replace the model, cannot be written, or cannot hold what the model
  ///   answers.
  func check(_ file: ZooFile) throws {
    try checkOutput(path, isNoneOf: [file.path])
    _ = try AtomicFile(path)
    guard format == .csv, file.graph.outputs.count > 1 else { return }
    throw FileError(
      path, "\(file.path) has \(file.graph.outputs.count) outputs, and a row of CSV has room for one",
      advice: "write .jsonl")
  }

  func write(_ rows: [Predict.Row]) throws {
    switch format {
    case .csv: try writeCSV(rows)
    case .jsonl:
      let writer = try JSONLinesWriter(path)
      for row in rows { try writer.append(row) }
      try writer.finish()
    }
    try output.finish()
  }

  /// `path`, `labels` where each class is decided on, then `class` and what its score is, for each of the best classes.
  private func writeCSV(_ rows: [Predict.Row]) throws {
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
