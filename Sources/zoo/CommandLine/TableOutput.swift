import Glibc
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
    let isTable = path == "-" || ending.map(formats.contains) == true
    if let ending, !isTable, !path.hasSuffix("/"), !Self.isFolder(path) {
      throw UsageError(
        "tables are written as .csv or .jsonl, found .\(ending); a folder is given as \(path)/")
    }
    guard isTable else { return nil }
    output = try StreamedOutput(path, formats: formats, arguments)
    format = output.path.hasSuffix(".csv") ? .csv : .jsonl
  }

  private static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
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
