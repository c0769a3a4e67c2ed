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
    HDF5Helper(path: try program(Array("#!/bin/sh\n\(body)\n".utf8)), timeout: .seconds(60))
  }

  /// A file that can be run. Another process makes it: were it open for writing in this one, a test beside this
  /// one that starts a process just then would hand it on, and it could not be run ("Text file busy").
  func program(_ bytes: [UInt8]) throws -> String {
    let source = try write("program\(UInt32.random(in: 0 ... .max))", bytes)
    system("install -m 755 '\(source)' '\(source).run'")
    return source + ".run"
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
