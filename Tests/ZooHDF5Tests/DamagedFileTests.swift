import Glibc
import Testing
import ZooHDF5
import ZooSystem

/// Files in which bytes were changed or cut off: reading them throws or succeeds, within the time allowed.
@Suite struct DamagedFileTests {
  let folder = TemporaryFolder()
  static let helper = HDF5Helper(timeout: .seconds(10))

  /// A good file with groups, attributes of every kind, and data.
  private func wholeFile() throws -> [UInt8] {
    let path = folder.path + "/whole.h5"
    var contents = HDF5Contents(attributes: [
      .names("layer_names", ["a", "b"]), .text("backend", "tensorflow"),
    ])
    contents.addGroup("a", attributes: [.names("weight_names", ["a/kernel:0"]), .float("rate", 0.5)])
    contents.addGroup("b", attributes: [.names("weight_names", [])])
    contents.addDataset("a/a/kernel:0", .number(.float32), shape: [2, 3], attributes: [.integer("n", 1)])
    contents.addDataset("b/scalar", .number(.int64), shape: [])
    let writer = try HDF5Writer(path, contents)
    try [UInt8](repeating: 7, count: 24).withUnsafeBytes { try writer.append($0, to: "a/a/kernel:0") }
    try [UInt8](repeating: 7, count: 8).withUnsafeBytes { try writer.append($0, to: "b/scalar") }
    try writer.commit()
    return try InputFile.contents(of: path, limit: 1 << 20)
  }

  /// - Returns: whether everything could be read; `false` stands for a clear error.
  private func read(_ bytes: [UInt8], _ what: String) throws -> Bool {
    let path = try folder.write("damaged.h5", bytes)
    do {
      let file = try HDF5File(path, helper: Self.helper)
      var total = 0
      for dataset in file.root.allDatasets where dataset.refusal == nil {
        try file.read(dataset) { total += $0.count }
      }
      return true
    } catch let error as FileError {
      let line = "\(error)"
      #expect(line.hasPrefix(path + ": ") && !line.contains("\n"), "\(what): \(line)")
      return false
    }
  }

  /// Where the sizes of the objects in the file's global heap (strings of variable length) are; that of the
  /// free space is last. Format: "HDF5 File Format Specification Version 3.0", section III.E.
  private func heapSizes(in bytes: [UInt8]) throws -> [Int] {
    let signature = Array("GCOL".utf8)
    let start = try #require((0..<bytes.count - 4).first { Array(bytes[$0..<$0 + 4]) == signature })
    var sizes: [Int] = []
    var header = start + 16
    while true {
      sizes.append(header + 8)
      if bytes[header] == 0 { return sizes }
      header += 16 + (Int(bytes[header + 8]) + 7) / 8 * 8
    }
  }

  private func message(_ bytes: [UInt8], timeout: Duration) throws -> String {
    let path = try folder.write("heap.h5", bytes)
    do {
      _ = try HDF5File(path, helper: HDF5Helper(timeout: timeout))
      return "no error"
    } catch {
      return "\(error)"
    }
  }

  /// libhdf5 1.10 crashes on this one, 1.14 takes it for right.
  @Test func fileThatCrashesTheLibrary() throws {
    var bytes = try InputFile.contents(of: fixtures + "keras.h5", limit: 1 << 20)
    let lastString = try #require(try heapSizes(in: bytes).dropLast().last)
    bytes[lastString + 7] = 0xFF
    let text = try message(bytes, timeout: .seconds(20))
    #expect(
      text.contains("helper crashed (signal 11)") || text.contains("its texts are damaged: the size at byte"))
  }

  /// libhdf5 1.10 walks on the spot for ever here; a newer one may find out what is wrong.
  @Test func fileThatHangsTheLibrary() throws {
    var bytes = try InputFile.contents(of: fixtures + "attributes.h5", limit: 1 << 20)
    let freeSpace = try #require(try heapSizes(in: bytes).last)
    for offset in 0..<8 { bytes[freeSpace + offset] = 0 }
    let text = try message(bytes, timeout: .seconds(2))
    #expect(text.contains("gave no answer for 2 s and was stopped") || text.contains("libhdf5 says"))
  }

  @Test func everyHeaderByte() throws {
    let whole = try wholeFile()
    #expect(try read(whole, "whole"))
    for offset in 0..<512 {
      var bytes = whole
      bytes[offset] ^= [0xFF, 0x01, 0x80][offset % 3]
      _ = try read(bytes, "byte \(offset)")
    }
  }

  @Test(arguments: [
    "whole.h5", "keras.h5", "storage.h5", "types.h5", "attributes.h5", "order.h5", "virtual.h5",
  ])
  func randomBytes(_ name: String) throws {
    let whole = try name == "whole.h5" ? wholeFile() : InputFile.contents(of: fixtures + name, limit: 1 << 20)
    var random = SplitMix64(seed: 7)
    for round in 0..<60 {
      var bytes = whole
      for _ in 0...round % 4 {
        bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next())
      }
      _ = try read(bytes, "\(name), round \(round)")
    }
  }

  @Test func cutOffAnywhere() throws {
    let whole = try wholeFile()
    for count in Array(0..<100) + stride(from: 100, to: whole.count, by: 97) {
      #expect(try !read(Array(whole.prefix(count)), "\(count) bytes"))
    }
  }
}
