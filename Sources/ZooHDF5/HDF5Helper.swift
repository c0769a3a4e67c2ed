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

  /// The path of the program; `nil` to look for it in the environment variable, beside the running program,
  /// in `libexec/zoo` of the folder that the program was installed into, and on `PATH`, in this order.
  public var path: String?
  /// How long one answer may take before the helper is stopped.
  public var timeout: Duration

  /// - Parameter timeout: how long one answer may take.
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
      Self.programName,
      "the program that reads HDF5 files was not found beside this one, in libexec/zoo or on PATH",
      advice:
        "install zoo again, or build it with 'swift build', or set \(Self.environmentVariable) to its path")
  }

  /// What the helper is made of.
  public struct Versions: Sendable, Equatable {
    /// Of zoo.
    public var zoo: String
    /// Of libhdf5, as in `1.10.8`.
    public var hdf5: String
  }

  /// Asks the helper for its versions.
  ///
  /// - Throws: `FileError` when there is no helper, or it is none of this version.
  public func versions() throws(FileError) -> Versions {
    let process = try HelperProcess(
      self, ["versions", "-"], subject: try locate(), advice: .init(onRefusal: nil, onLoss: nil))
    var wire = WireReader(try process.receive(.versions))
    do throws(WireError) {
      try wire.version()
      return Versions(zoo: try wire.string().printable, hdf5: try wire.string().printable)
    } catch {
      throw process.incredible(error)
    }
  }

  private static func checked(_ path: String, from variable: String?) throws(FileError) -> String {
    if isProgram(path) { return path }
    throw FileError(
      path, "is not a program that can be started as the HDF5 helper",
      advice: variable.map { "correct or unset \($0)" } ?? "check the path")
  }

  private static func folders(searchPath: String) -> [String] {
    let own = [programFolder, installationFolder.map { $0 + "/libexec/zoo" }].compactMap { $0 }
    // A relative entry would depend on the working directory, where a stranger may have put anything.
    return own + searchPath.split(separator: ":").map(String.init).filter { $0.hasPrefix("/") }
  }

  private static func isProgram(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG && access(path, X_OK) == 0
  }
}
