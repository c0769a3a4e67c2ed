@preconcurrency import CHDF5
import Glibc
import ZooHDF5
import ZooHelper

/// Lays a new file out. The parent then puts the datasets' bytes where it is told.
enum Writer {
  static func run(_ path: String, _ channel: Channel) throws(LibraryError) {
    let (kind, payload) = channel.receive()
    guard kind == .contents else { throw LibraryError("the request is not known") }
    let contents: HDF5Contents
    do throws(WireError) {
      var wire = WireReader(payload)
      contents = try HDF5Contents(from: &wire)
    } catch {
      if error.isOfOtherVersion { exit(Wire.otherVersionStatus) }
      throw LibraryError(error.reason)
    }
    LibraryAbort.explain(by: path)
    // The file is closed by now, which changes it: version 2 marks a file that is open.
    let offsets = try create(path, contents)
    var out = WireWriter()
    out.put(Wire.version)
    out.put(offsets) { $0.put($1) }
    channel.send(.offsets, out.bytes)
  }

  /// - Returns: the place of each dataset in the file, 0 for empty ones.
  private static func create(_ path: String, _ contents: HDF5Contents) throws(LibraryError) -> [Int] {
    let builder = try FileBuilder(path)
    Sandbox.close(mayWrite: true)
    try builder.addAttributes(contents.attributes, to: builder.file.id)
    for group in contents.groups {
      try naming(group.path) { () throws(LibraryError) in try builder.add(group) }
    }
    var offsets: [Int] = []
    for dataset in contents.datasets {
      try naming(dataset.path) { () throws(LibraryError) in offsets.append(try builder.add(dataset)) }
    }
    for link in contents.rootLinks {
      try naming(link) { () throws(LibraryError) in try builder.addRootLink(link) }
    }
    try check(H5Fflush(builder.file.id, H5F_SCOPE_GLOBAL))
    return offsets
  }

  private static func naming(_ path: String, _ body: () throws(LibraryError) -> Void) throws(LibraryError) {
    do throws(LibraryError) {
      try body()
    } catch {
      throw LibraryError("'/\(path)' cannot be written: \(error.reason)")
    }
  }
}
