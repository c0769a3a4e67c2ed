import ZooSystem

extension Model {
  /// Writes the model for other programs: `.keras`, `.h5`, `.onnx` and what else is in `ExportFormats`.
  ///
  /// - Parameters:
  ///   - output: its ending is the format, unless one is given.
  ///   - format: how to write it; by default what the ending says.
  ///   - progress: in bytes.
  /// - Returns: what was written, with warnings.
  /// - Throws: `FileError` when it cannot be written, or the format has no place for something of the model;
  ///   `CancellationError`. No file appears then.
  @discardableResult
  public func export(
    to output: String, as format: (any ExportFormat)? = nil, progress: ProgressHandler = { _, _ in }
  ) async throws -> ExportReport {
    try await LongWork.run {
      var done = 0
      return try file.export(to: output, as: format) { bytes in
        done += bytes
        progress(done, file.size)
      }
    }
  }

  /// Checks every checksum of the file.
  ///
  /// - Throws: `FileError` for the first damage; `CancellationError`.
  public func verify() async throws {
    try await LongWork.run { try file.verify() }
  }
}
