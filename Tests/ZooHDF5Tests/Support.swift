import Glibc
import ZooHDF5
import ZooSystem

/// The folder of files written by `Fixtures/make.py`.
let fixtures = #filePath.prefix(upTo: #filePath.lastIndex(of: "/") ?? #filePath.startIndex) + "/Fixtures/"

func fixture(_ name: String) throws -> HDF5File {
  try HDF5File(fixtures + name)
}

/// A folder that is gone with this object.
final class TemporaryFolder {
  let path: String

  init() {
    var template = Array("/tmp/zoo-hdf5-XXXXXX".utf8CString)
    path = mkdtemp(&template).map { String(cString: $0) } ?? "/tmp"
  }

  deinit { system("rm -rf '\(path)'") }

  func write(_ name: String, _ bytes: [UInt8]) throws -> String {
    let file = try AtomicFile("\(path)/\(name)")
    try file.write(bytes)
    try file.commit()
    return file.path
  }

  /// A program of its own, as a shell script.
  func script(_ body: String) throws -> HDF5Helper {
    let path = try write("helper\(UInt32.random(in: 0 ... .max))", Array("#!/bin/sh\n\(body)\n".utf8))
    chmod(path, 0o755)
    return HDF5Helper(path: path, timeout: .seconds(20))
  }
}

extension HDF5File {
  /// All elements of a dataset.
  func values<Element: BitwiseCopyable>(_ path: String, _: Element.Type) throws -> [Element] {
    let bytes = try bytes(of: try dataset(path), limit: 1 << 30)
    return bytes.withUnsafeBytes { buffer in
      stride(from: 0, to: buffer.count, by: MemoryLayout<Element>.stride).map {
        buffer.loadUnaligned(fromByteOffset: $0, as: Element.self)
      }
    }
  }
}
