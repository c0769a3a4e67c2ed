import Glibc
import ZooSystem

/// Where a verb writes a file that may be asked for on standard output: there it comes when it is whole.
struct StreamedOutput {
  /// Where to write.
  let path: String
  let isStream: Bool
  private let folder: TemporaryFolder?

  /// - Parameters:
  ///   - output: what the user says; `-` is standard output.
  ///   - formats: what can be written, as endings.
  /// - Throws: `UsageError` where the format is missing, or said twice.
  init(_ output: String, formats: [String], _ arguments: Arguments) throws {
    let format = arguments.string(.format)
    isStream = output == "-"
    guard isStream else {
      guard format == nil else { throw UsageError("--format is for -o -; a file's ending says its format") }
      (path, folder) = (output, nil)
      return
    }
    guard let format, formats.contains(format) else {
      let found = format.map { ", found '\($0)'" } ?? ""
      throw UsageError("-o - needs --format \(formats.joined(separator: "|"))\(found)")
    }
    guard !arguments.has(.json) else {
      throw UsageError("--json and -o - would both write to standard output")
    }
    let folder = try TemporaryFolder()
    self.folder = folder
    path = "\(folder.path)/output.\(format)"
  }

  /// Gives what was written to standard output, where it was asked for there.
  func finish() throws(FileError) {
    guard isStream else { return }
    let file = try InputFile(path)
    for start in stride(from: 0, to: file.size, by: 1 << 20) {
      let bytes = try file.bytes(at: start, count: min(1 << 20, file.size - start))
      let isWritten = bytes.withUnsafeBytes { Console.write($0, to: STDOUT_FILENO) }
      if !isWritten { Console.endUnheard() }
    }
  }
}
