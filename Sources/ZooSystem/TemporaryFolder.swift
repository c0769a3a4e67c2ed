import Glibc

/// A folder for intermediate files, gone with the last reference to it.
public final class TemporaryFolder: Sendable {
  /// The folder's path.
  public let path: String

  /// A new folder under `TMPDIR`, or `/tmp`.
  ///
  /// - Throws: `FileError`.
  public init() throws(FileError) {
    let parent = environment("TMPDIR") ?? "/tmp"
    path = try Leftovers.add { () throws(FileError) in
      var template = Array("\(parent)/zoo-XXXXXX".utf8CString)
      guard mkdtemp(&template) != nil else { throw FileError(parent, failed: "make a temporary folder in") }
      return template.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? parent }
    }
  }

  deinit {
    Self.remove(path)
    Leftovers.forget(path)
  }

  /// Removes the files directly inside, then the folder. Only this program has put files there.
  static func remove(_ path: String) {
    if let folder = opendir(path) {
      while let entry = readdir(folder) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) {
          $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        if name != ".", name != ".." { unlink("\(path)/\(name)") }
      }
      closedir(folder)
    }
    rmdir(path)
  }
}
