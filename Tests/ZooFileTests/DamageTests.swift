import Testing
import ZooFile
import ZooGraph
import ZooSystem

/// Whatever happens to a file is found out, and never by a crash.
@Suite struct DamageTests {
  let path = TestModel.folder() + "/a.zoo"

  /// Opens and verifies.
  private func check(_ bytes: [UInt8]) throws {
    let damaged = path + ".damaged"
    let out = try AtomicFile(damaged)
    try out.write(bytes)
    try out.commit()
    try ZooFile(damaged).verify()
  }

  private func good(compress: Bool = false) throws -> [UInt8] {
    try TestModel.write(to: path, compress: compress)
    return try InputFile.contents(of: path, limit: 1 << 24)
  }

  /// It would be read beyond its lists.
  @Test func aPreprocessingOfOtherChannelsIsFound() throws {
    let four = try #require(Preprocessing(order: [3, 2, 1, 0]))
    try TestModel.write(to: path, preprocessing: four)
    #expect {
      try ZooFile(path)
    } throws: {
      "\($0)".contains("a preprocessing 'order=3:2:1:0,mean=0,std=1' for an input of 8×8×3")
    }
    try TestModel.write(to: path, preprocessing: .torch)
    #expect(try ZooFile(path).model.preprocessing == .torch)
  }

  @Test func everyFlippedHeaderByteIsFound() throws {
    let good = try good()
    for position in 0..<64 {
      var bytes = good
      bytes[position] ^= 0x10
      #expect(throws: FileError.self, "byte \(position)") { try check(bytes) }
    }
  }

  @Test(arguments: [false, true]) func everyFlippedByteIsFound(compress: Bool) throws {
    let good = try good(compress: compress)
    for position in stride(from: 64, to: good.count, by: 1_237) {
      var bytes = good
      bytes[position] ^= 1
      #expect(throws: FileError.self, "byte \(position) of \(good.count)") { try check(bytes) }
    }
  }

  @Test func everyTruncationIsFoundAndSaysHowMuchIsThere() throws {
    let good = try good()
    for length in Array(0..<130) + Array(stride(from: 130, to: good.count, by: 9_973)) {
      #expect(throws: FileError.self) { try check(Array(good[..<length])) }
    }
    #expect {
      try check(Array(good[..<1_000]))
    } throws: { "\($0)".contains("is cut off: 1,000 of ") }
  }

  @Test func trailingByteIsRefused() throws {
    let good = try good()
    #expect {
      try check(good + [0])
    } throws: { "\($0)".contains("1 bytes too many at the end") }
  }

  @Test func newerVersionIsNamed() throws {
    var bytes = try good()
    bytes[8] = 2
    #expect {
      try check(bytes)
    } throws: { "\($0)".contains("format 2.0; this program reads 1.x; use a newer zoo") }
  }

  @Test(
    arguments: [
      ([0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A], "HDF5 file"), ([0x50, 0x4B, 3, 4], "zip"),
      ([0x89, 0x5A, 0x4F, 0x4F, 0x0A, 0x1A, 0x0A, 0], "altered in transfer"), ([1, 2, 3], "not a .zoo file"),
    ] as [([UInt8], String)])
  func otherFilesAreRecognised(start: [UInt8], what: String) throws {
    #expect {
      try check(start + [UInt8](repeating: 0, count: 100))
    } throws: { "\($0)".contains(what) }
  }

  /// A flipped byte in a tensor is found by whoever reads it, not by verify alone.
  @Test func readingChecksToo() throws {
    var bytes = try good()
    bytes[70] ^= 1
    let damaged = path + ".damaged"
    let out = try AtomicFile(damaged)
    try out.write(bytes)
    try out.commit()
    let file = try ZooFile(damaged)
    #expect {
      try file.withWeight(layer: "conv", weight: "kernel") { _ in }
    } throws: { "\($0)".contains("tensor 'conv/kernel', chunk 0: the checksum is wrong") }
  }
}
