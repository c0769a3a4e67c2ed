import Glibc
import ZooHelper
import ZooSystem

/// A new HDF5 file, which appears whole or not at all. A helper process lays it out; the bytes of the
/// datasets are then written straight into their places. The same contents give the same bytes.
public final class HDF5Writer {
  /// The destination.
  public let path: String
  private let file: AtomicFile
  private var places: [String: Place] = [:]

  private struct Place {
    let offset: Int
    let byteCount: Int
    var written = 0
  }

  /// Lays the file out under a temporary name.
  ///
  /// - Throws: `FileError` when the contents are impossible, or the file cannot be written.
  public init(
    _ path: String, _ contents: HDF5Contents, helper: HDF5Helper = HDF5Helper()
  ) throws(FileError) {
    self.path = path
    file = try AtomicFile(path)
    let complete: HDF5Contents
    do throws(WireError) {
      complete = try contents.completed()
    } catch {
      throw FileError(path, error.reason)
    }
    let offsets = try Self.layOut(complete, in: file, helper)
    for (dataset, offset) in zip(complete.datasets, offsets) {
      places[dataset.path] = Place(offset: offset, byteCount: dataset.byteCount)
    }
  }

  /// The next bytes of a dataset: little-endian, in row-major order. Datasets may be written in any order,
  /// and by turns.
  ///
  /// - Parameter dataset: its path, as in `conv1/conv1/kernel:0`.
  /// - Throws: `FileError` when there is no such dataset, it is full, or the disk is.
  public func append(_ bytes: UnsafeRawBufferPointer, to dataset: String) throws(FileError) {
    let key = dataset.split(separator: "/").joined(separator: "/")
    guard let place = places[key] else { throw FileError(path, "has no dataset '\(dataset)'") }
    guard bytes.count <= place.byteCount - place.written else {
      throw FileError(path, "'\(dataset)' has room for \(place.byteCount.grouped) bytes, no more")
    }
    try file.write(bytes, at: place.offset + place.written)
    places[key]?.written += bytes.count
  }

  /// Flushes the file to the disk and gives it its name.
  ///
  /// - Throws: `FileError` when a dataset is not complete, or the disk is full.
  public func commit() throws(FileError) {
    for (dataset, place) in places.sorted(by: { $0.key < $1.key }) where place.written < place.byteCount {
      let (written, count) = (place.written.grouped, place.byteCount.grouped)
      throw FileError(path, "only \(written) of \(count) bytes of '\(dataset)' were written")
    }
    try file.commit()
  }

  /// - Returns: where the bytes of each dataset belong.
  private static func layOut(
    _ contents: HDF5Contents, in file: AtomicFile, _ helper: HDF5Helper
  ) throws(FileError) -> [Int] {
    var out = WireWriter()
    contents.write(to: &out)
    guard out.bytes.count <= Wire.maximumPayload else {
      throw FileError(file.path, "has too many groups, datasets and attributes")
    }
    let process = try HelperProcess(
      helper.program, ["write", "/proc/self/fd/\(Spawn.fileDescriptor)"], subject: file.path,
      advice: .writing, file: file.descriptor)
    try process.send(.contents, out.bytes)
    var wire = WireReader(try process.receive(.offsets))
    do throws(WireError) {
      try wire.version()
      let offsets = try wire.list { wire throws(WireError) in try wire.int() }
      try check(offsets, for: contents, fileSize: size(of: file.temporaryPath))
      return offsets
    } catch {
      throw process.incredible(error)
    }
  }

  /// Every dataset has a place of its own within the file.
  private static func check(
    _ offsets: [Int], for contents: HDF5Contents, fileSize: Int
  ) throws(WireError) {
    guard offsets.count == contents.datasets.count else { throw WireError("datasets are missing") }
    let places = zip(offsets, contents.datasets).map { (start: $0, count: $1.byteCount) }
    var end = 0
    for place in places.filter({ $0.count > 0 }).sorted(by: { $0.start < $1.start }) {
      guard place.start >= end, place.count <= fileSize - place.start else {
        throw WireError("datasets overlap, or do not fit into the file")
      }
      end = place.start + place.count
    }
  }

  private static func size(of path: String) -> Int {
    var status = stat()
    return stat(path, &status) == 0 ? Int(status.st_size) : 0
  }
}

extension HDF5Contents.Dataset {
  var byteCount: Int { PiecePlan.byteCount(shape: shape, elementSize: type.size) ?? 0 }
}
