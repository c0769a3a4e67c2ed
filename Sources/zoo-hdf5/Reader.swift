@preconcurrency import CHDF5
import Glibc
import ZooHDF5

/// Sends the structure of a file, then pieces of its datasets until the parent has enough.
enum Reader {
  static func run(_ path: String, _ channel: Channel) throws(LibraryError) {
    let types = try TypeTable()
    let file = try open(path)
    Sandbox.close(mayWrite: false)
    var walker = Walker(file: file.id, fileSize: size(of: path), types: types)
    let root = try walker.root()
    try send(root, channel)
    var reader = PieceReader(
      file: file.id, datasets: root.allDatasets, locations: walker.locations, types: types)
    while true {
      let (kind, payload) = channel.receive()
      guard kind == .piece else { throw LibraryError("the request is not known") }
      Sandbox.renewComputingTime()
      let (dataset, piece) = try parse(payload)
      do throws(LibraryError) {
        channel.send(.piece, try reader.read(dataset, piece: piece))
      } catch {
        channel.send(.failure, Array("'\(reader.path(of: dataset))' cannot be read: \(error.reason)".utf8))
      }
    }
  }

  private static func open(_ path: String) throws(LibraryError) -> Handle {
    let access = try Handle(H5Pcreate(H5P_CLS_FILE_ACCESS_ID_g))
    try check(H5Pset_file_locking(access.id, false, true))
    let readOnly: UInt32 = 0
    return try Handle(H5Fopen(path, readOnly, access.id))
  }

  private static func size(of path: String) -> Int {
    var status = stat()
    return stat(path, &status) == 0 ? Int(status.st_size) : 0
  }

  private static func send(_ root: HDF5Group, _ channel: Channel) throws(LibraryError) {
    var out = WireWriter()
    out.put(Wire.version)
    root.write(to: &out)
    guard out.bytes.count <= Wire.maximumPayload else { throw LibraryError("it has too many objects") }
    channel.send(.listing, out.bytes)
  }

  private static func parse(_ request: [UInt8]) throws(LibraryError) -> (dataset: Int, piece: Int) {
    var wire = WireReader(request)
    do throws(WireError) {
      return (try wire.int(), try wire.int())
    } catch {
      throw LibraryError(error.reason)
    }
  }
}
