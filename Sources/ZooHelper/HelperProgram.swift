import Glibc
import ZooSystem

/// A program of zoo's that does what a library with a history of crashes is needed for: where it is, and how long it may
/// take.
///
/// A damaged file can crash such a library, or make it loop. It therefore runs in a process of its own, with limits, and
/// can take nothing else down.
package struct HelperProgram: Sendable {
  /// As in `zoo-hdf5`.
  package let name: String
  /// The environment variable that may hold its path.
  package let environmentVariable: String
  /// What messages call it, as in "HDF5 helper".
  package let title: String
  /// What it is for, as in "reads HDF5 files".
  package let purpose: String
  /// What to install where the system's loader does not find its library.
  package let libraryAdvice: String

  /// The path of the program; `nil` to look for it in the environment variable, beside the running program,
  /// in `libexec/zoo` of the folder that the program was installed into, and on `PATH`, in this order.
  package var path: String?
  /// How long one answer may take before the helper is stopped.
  package var timeout: Duration

  package init(
    name: String, environmentVariable: String, title: String, purpose: String, libraryAdvice: String,
    path: String? = nil, timeout: Duration = .seconds(60)
  ) {
    self.name = name
    self.environmentVariable = environmentVariable
    self.title = title
    self.purpose = purpose
    self.libraryAdvice = libraryAdvice
    self.path = path
    self.timeout = timeout
  }

  /// The path of the program that will be started.
  ///
  /// - Throws: `FileError` when there is none.
  package func locate() throws(FileError) -> String {
    try locate { name in getenv(name).map { String(cString: $0) } }
  }

  package func locate(environment: (String) -> String?) throws(FileError) -> String {
    guard let found = try find(environment: environment) else {
      throw FileError(
        name, "the program that \(purpose) was not found beside this one, in libexec/zoo or on PATH",
        advice: "install zoo again, or build it with 'swift build', or set \(environmentVariable) to its path"
      )
    }
    return found
  }

  /// - Returns: `nil` when it is in none of the places.
  /// - Throws: `FileError` when a place was named, and it is not there.
  package func find(
    environment: (String) -> String? = { name in getenv(name).map { String(cString: $0) } }
  ) throws(FileError) -> String? {
    if let path { return try checked(path, from: nil) }
    if let named = environment(environmentVariable), !named.isEmpty {
      return try checked(named, from: environmentVariable)
    }
    return Self.folders(searchPath: environment("PATH") ?? "").map { "\($0)/\(name)" }.first(
      where: Self.isProgram)
  }

  private func checked(_ path: String, from variable: String?) throws(FileError) -> String {
    if Self.isProgram(path) { return path }
    throw FileError(
      path, "is not a program that can be started as the \(title)",
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

/// What a helper is made of.
package struct HelperVersions: Sendable, Equatable {
  /// Of zoo.
  package var zoo: String
  /// Of the library that it calls.
  package var library: String

  package init(library: String) {
    zoo = zooVersion
    self.library = library
  }

  package func write(to out: inout WireWriter) {
    out.put(Wire.version)
    out.put(zoo)
    out.put(library)
  }

  package init(from wire: inout WireReader) throws(WireError) {
    try wire.version()
    zoo = try wire.string().printable
    library = try wire.string().printable
  }
}

extension HelperProgram {
  /// Asks the helper for its versions.
  ///
  /// - Throws: `FileError` when there is no helper, or it is none of this version.
  package func versions() throws(FileError) -> HelperVersions {
    let process = try HelperProcess(
      self, ["versions", "-"], subject: try locate(), advice: .init(onRefusal: nil, onLoss: nil))
    var wire = WireReader(try process.receive(.versions))
    do throws(WireError) {
      return try HelperVersions(from: &wire)
    } catch {
      throw process.incredible(error)
    }
  }
}
