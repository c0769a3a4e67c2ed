@preconcurrency import CHDF5
import Glibc
import ZooHDF5
import ZooHelper

let arguments = CommandLine.arguments
guard arguments.count == 3, Channel.isConnected, let role = Role(rawValue: arguments[1]) else {
  print("zoo-hdf5: the helper with which zoo reads and writes HDF5 files; not for direct use")
  exit(arguments.dropFirst() == ["--help"] ? 0 : 2)
}
role.perform(on: arguments[2])

/// What the parent wants done.
enum Role: String {
  case read, write, versions

  func perform(on path: String) {
    Sandbox.enter(keeping: 4, memory: 1 << 30, seconds: 20)
    let channel = Channel()
    do throws(LibraryError) {
      try prepareLibrary()
      switch self {
      case .read: try Reader.run(path, channel)
      case .write: try Writer.run(path, channel)
      case .versions: channel.send(.versions, try versions())
      }
    } catch {
      channel.end(error.reason)
    }
  }

  private func versions() throws(LibraryError) -> [UInt8] {
    var (major, minor, release): (UInt32, UInt32, UInt32) = (0, 0, 0)
    try check(H5get_libversion(&major, &minor, &release))
    var out = WireWriter()
    HelperVersions(library: "\(major).\(minor).\(release)").write(to: &out)
    return out.bytes
  }

  /// No messages, no code loaded on a file's demand.
  private func prepareLibrary() throws(LibraryError) {
    try check(H5open())
    H5Eset_auto2(hid_t(H5E_DEFAULT), nil, nil)
    try check(H5PLset_loading_state(0))
  }
}
