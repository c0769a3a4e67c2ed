import Glibc
import ZooSystem

/// Where the helper program is that reads and writes HDF5 files, and how long it may take.
///
/// libhdf5 can be crashed, and made to loop, by a damaged file. It therefore runs in a process of its own,
/// with limits, and can take nothing else down.
public struct HDF5Helper: Sendable {
  /// The name of the program.
  public static let programName = "zoo-hdf5"
  /// The environment variable that may hold its path.
  public static let environmentVariable = "ZOO_HDF5_HELPER"

  /// The path of the program; `nil` to look for it in the environment variable, beside the running program
  /// and on `PATH`, in this order.
  public var path: String?
  /// How long one answer may take before the helper is stopped.
  public var timeout: Duration

  public init(path: String? = nil, timeout: Duration = .seconds(60)) {
    self.path = path
    self.timeout = timeout
  }

  /// The path of the program that will be started.
  ///
  /// - Throws: `FileError` when there is none.
  public func locate() throws(FileError) -> String {
    try locate { name in getenv(name).map { String(cString: $0) } }
  }

  package func locate(environment: (String) -> String?) throws(FileError) -> String {
    if let path { return try Self.checked(path, from: nil) }
    if let named = environment(Self.environmentVariable), !named.isEmpty {
      return try Self.checked(named, from: Self.environmentVariable)
    }
    for folder in Self.folders(searchPath: environment("PATH") ?? "")
    where Self.isProgram("\(folder)/\(Self.programName)") {
      return "\(folder)/\(Self.programName)"
    }
    throw FileError(
      Self.programName, "the program that reads HDF5 files was not found beside this one or on PATH",
      advice: "build it with 'swift build', or set \(Self.environmentVariable) to its path")
  }

  private static func checked(_ path: String, from variable: String?) throws(FileError) -> String {
    if isProgram(path) { return path }
    throw FileError(
      path, "is not a program that can be started as the HDF5 helper",
      advice: variable.map { "correct or unset \($0)" } ?? "check the path")
  }

  private static func folders(searchPath: String) -> [String] {
    var folders: [String] = []
    if let program = linkTarget("/proc/self/exe"), let slash = program.lastIndex(of: "/") {
      folders.append(String(program[..<slash]))
    }
    // A relative entry would depend on the working directory, where a stranger may have put anything.
    return folders + searchPath.split(separator: ":").map(String.init).filter { $0.hasPrefix("/") }
  }

  private static func linkTarget(_ path: String) -> String? {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlink(path, &buffer, buffer.count)
    guard count > 0 else { return nil }
    return String(decoding: buffer.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  private static func isProgram(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG && access(path, X_OK) == 0
  }
}
