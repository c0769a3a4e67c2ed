import Testing
import ZooHDF5
import ZooSystem

/// What is said about files before a helper sees them.
@Suite struct FileCheckTests {
  let folder = TemporaryFolder()

  private func message(_ bytes: [UInt8]) throws -> String {
    let path = try folder.write("weights.h5", bytes)
    do {
      _ = try HDF5File(path)
      return "no error"
    } catch {
      return String("\(error)".dropFirst("\(folder.path)/".count))
    }
  }

  @Test(arguments: [
    ("", "weights.h5: is empty (0 bytes); download it again"),
    ("<!DOCTYPE html><html><body>404", "weights.h5: is a web page, not HDF5; download the file itself"),
    ("\u{FEFF}\n <html>", "weights.h5: is a web page, not HDF5; download the file itself"),
    (
      "<?xml version='1.0'?><Error>",
      "weights.h5: is an XML document, not HDF5; it is what a server says of an error: download the file itself"
    ),
    (
      "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n",
      "weights.h5: is a Git LFS pointer, not HDF5; run 'git lfs pull' in its folder"
    ),
    ("PK\u{3}\u{4}…", "weights.h5: is a zip archive, not HDF5; give a Keras .h5 file, or download it again"),
    ("hello", "weights.h5: is a text file, not HDF5; give a Keras .h5 file, or download it again"),
    ("\0\u{1}", "weights.h5: is not HDF5; give a Keras .h5 file, or download it again"),
  ])
  func strangers(_ text: String, _ expected: String) throws {
    #expect(try message(Array(text.utf8)) == expected)
  }

  @Test func compressedAndConverted() throws {
    #expect(try message([0x1F, 0x8B, 8, 0]).contains("is compressed with gzip"))
    #expect(try message([0x89, 0x48, 0x44, 0x46, 0x0A, 0x1A, 0x0A]).contains("transfer in text mode"))
  }

  /// Superblocks of version 0, 0 after 1024 other bytes, and 3.
  @Test(arguments: ["keras.h5", "userblock.h5", "order.h5"])
  func cutOff(_ name: String) throws {
    let whole = try InputFile.contents(of: fixtures + name, limit: 1 << 20)
    let cut = try message(Array(whole.dropLast()))
    #expect(cut.contains("is cut off: it has "))
    #expect(cut.contains(" of \(whole.count / 1000),\(String(whole.count % 1000 + 1000).dropFirst()) bytes"))
    let start = name == "userblock.h5" ? 1024 : 0
    #expect(try message(Array(whole.prefix(start + 20))).contains("cut off within its HDF5 header"))
  }

  /// Bytes put before a whole file do not make it too short.
  @Test func moved() throws {
    let whole = try InputFile.contents(of: fixtures + "keras.h5", limit: 1 << 20)
    let space = [UInt8](repeating: 0x20, count: 2048)
    let path = try folder.write("moved.h5", space + whole)
    #expect(try HDF5File(path).values("conv1/conv1/kernel:0", Float.self) == ReadingTests.quarters)
    #expect(try message(space + whole.dropLast(1)).contains("15,663 of 15,664 bytes"))
  }

  @Test func missing() {
    #expect(throws: FileError("/none.h5", "cannot open: No such file or directory", advice: "check the path"))
    {
      try HDF5File("/none.h5")
    }
  }
}
