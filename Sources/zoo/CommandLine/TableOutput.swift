import ZooFeatures
import ZooFile
import ZooSystem

/// Where predictions are to be written as a table.
struct TableOutput {
  private let output: StreamedOutput
  private let format: PredictionTable

  /// Where no table is asked for, nothing.
  ///
  /// - Throws: `UsageError` for tables of other formats.
  init?(_ arguments: Arguments) throws {
    guard let path = arguments.string(.output) else {
      guard arguments.string(.format) == nil else { throw UsageError("--format is for -o -") }
      return nil
    }
    let formats = PredictionTable.allCases.map(\.rawValue)
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
    try format.check(file, to: path)
  }

  func write(_ rows: [PicturePrediction]) throws {
    try format.write(rows, to: path)
    try output.finish()
  }
}
