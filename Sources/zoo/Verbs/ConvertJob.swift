import ZooImage
import ZooStore
import ZooSystem

/// A file to convert, and where to.
struct ConvertJob {
  let source: String
  let output: String

  private static let endings = [".h5", ".hdf5", ".keras", ".onnx"]

  /// - Throws: `UsageError` when no file is named, or one output for several; `FileError` for folders that cannot be
  ///   read, or hold no model.
  static func jobs(_ arguments: Arguments) throws -> [ConvertJob] {
    let named = arguments.positionals
    guard !named.isEmpty else { throw UsageError("FILE is missing") }
    let sources = try named.flatMap { (try? isFolder($0)) == true ? try models(in: $0) : [$0] }
    let output = arguments.string(.output)
    if sources.count == 1, let output, (try? isFolder(output)) != true {
      return [ConvertJob(source: sources[0], output: output)]
    }
    if let output { try checkIsFolder(output, for: sources.count) }
    let jobs = sources.map { source in
      ConvertJob(source: source, output: path(for: source, in: output).replacingExtension(with: "zoo"))
    }
    try checkAreDifferent(jobs)
    return jobs
  }

  private static func path(for source: String, in folder: String?) -> String {
    guard let folder else { return source }
    return (folder.hasSuffix("/") ? folder : folder + "/") + (source.split(separator: "/").last ?? "")
  }

  private static func models(in folder: String) throws -> [String] {
    let files = try FolderListing(folder).files.filter { name in endings.contains(where: name.hasSuffix) }
    guard !files.isEmpty else {
      throw FileError(folder, "holds no model", advice: "looked for \(endings.joined(separator: " "))")
    }
    return files.map { (folder.hasSuffix("/") ? folder : folder + "/") + $0 }
  }

  private static func checkIsFolder(_ output: String, for count: Int) throws {
    guard output != "-", !output.hasSuffix(".zoo") else {
      throw UsageError("-o \(output) is one file for \(count); of several files it is a folder")
    }
    guard (try? isFolder(output)) == true else {
      throw FileError(output, "is no folder to write \(count) files into", advice: "create it first")
    }
  }

  private static func checkAreDifferent(_ jobs: [ConvertJob]) throws(UsageError) {
    var sources: [String: String] = [:]
    for job in jobs {
      guard let other = sources.updateValue(job.source, forKey: job.output) else { continue }
      throw UsageError(
        "\(other) and \(job.source) would both be written to \(job.output); convert them one after the other, with -o"
      )
    }
  }
}
