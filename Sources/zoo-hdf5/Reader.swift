@preconcurrency import CHDF5
import Glibc
import ZooHDF5
import ZooHelper

/// Sends the structure of a file, then pieces of its datasets until the parent has enough.
enum Reader {
  /// Of computing.
  private static let secondsForAPiece = 20

  static func run(_ path: String, _ channel: Channel) throws(LibraryError) {
    let types = try TypeTable()
    let file = try open(path)
    let fileSize = size(of: path)
    let heap = try TextHeap(path, fileSize: fileSize)
    Sandbox.close(mayWrite: false)
    try checkLengths(of: file.id)
    var walker = Walker(file: file.id, fileSize: fileSize, types: types)
    let root = try walker.root()
    try heap.check(outside: root.allDatasets.compactMap(\.bytesInFile))
    try send(root, channel)
    var reader = PieceReader(
      file: file.id, datasets: root.allDatasets, locations: walker.locations, types: types)
    while true {
      let (kind, payload) = channel.receive()
      guard kind == .piece else { throw LibraryError("the request is not known") }
      Sandbox.renewComputingTime(Self.secondsForAPiece)
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

  /// libhdf5 has written lengths of eight bytes since ever, unless told otherwise.
  private static func checkLengths(of file: hid_t) throws(LibraryError) {
    let creation = try Handle(H5Fget_create_plist(file))
    var (address, length) = (0, 0)
    try check(H5Pget_sizes(creation.id, &address, &length))
    guard length == 8 else { throw LibraryError("it has lengths of \(length) bytes; expected 8") }
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

extension HDF5Dataset {
  /// `nil` where it is in chunks, or in its header.
  fileprivate var bytesInFile: Range<Int>? {
    guard case .contiguous(let offset, let byteCount) = storage else { return nil }
    return offset..<offset + byteCount
  }
}
