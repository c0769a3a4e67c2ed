@preconcurrency import CHDF5
import Glibc
import ZooHDF5

let arguments = CommandLine.arguments
guard arguments.count == 3, Channel.isConnected, let role = Role(rawValue: arguments[1]) else {
  print("zoo-hdf5: the helper with which zoo reads and writes HDF5 files; not for direct use")
  exit(arguments.dropFirst() == ["--help"] ? 0 : 2)
}
role.perform(on: arguments[2])

/// What the parent wants done.
enum Role: String {
  case read, write

  func perform(on path: String) {
    Sandbox.enter(keeping: 4)
    let channel = Channel()
    do throws(LibraryError) {
      try prepareLibrary()
      switch self {
      case .read: try Reader.run(path, channel)
      case .write: try Writer.run(path, channel)
      }
    } catch {
      channel.end(error)
    }
  }

  /// No messages, no code loaded on a file's demand.
  private func prepareLibrary() throws(LibraryError) {
    try check(H5open())
    H5Eset_auto2(hid_t(H5E_DEFAULT), nil, nil)
    try check(H5PLset_loading_state(0))
  }
}
