import ZooHelper
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

  var program: HelperProgram {
    HelperProgram(
      name: Self.programName, environmentVariable: Self.environmentVariable, title: "HDF5 helper",
      purpose: "reads HDF5 files", libraryAdvice: "install the HDF5 library", path: path, timeout: timeout)
  }

  /// The path of the program that will be started.
  ///
  /// - Throws: `FileError` when there is none.
  public func locate() throws(FileError) -> String { try program.locate() }

  package func locate(environment: (String) -> String?) throws(FileError) -> String {
    try program.locate(environment: environment)
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
    let found = try program.versions()
    return Versions(zoo: found.zoo, hdf5: found.library)
  }
}

extension HelperProcess.Advice {
  static let reading = HelperProcess.Advice(
    onRefusal: "the file may be damaged: download it again",
    onLoss: "the file is damaged or hostile: download it again")
  static let writing = HelperProcess.Advice(
    onRefusal: "see that there is space and permission to write",
    onLoss: "try again; nothing has been written")
}
