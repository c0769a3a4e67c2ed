import Testing
import ZooArrays
import ZooGraph
import ZooSystem

@Suite struct NpzTests {
  let folder = TemporaryFolder()
  let limit = 1 << 20

  @Test(arguments: ["stored.npz", "deflated.npz"]) func readsWhatNumPySaves(_ name: String) throws {
    let file = try NpzFile(golden(name))
    #expect(file.names.prefix(3) == ["features", "labels", "paths"])
    #expect(try file.floats("features", limit: limit) == [0, 1, 2, 3, 4, 5])
    #expect(try file.array("features").header.shape == [3, 2])
    #expect(try file.integers("labels", limit: limit) == [0, 1, 1])
    #expect(try file.strings("paths", limit: limit) == ["a.jpg", "b/ä.jpg", "c.jpg"])
    #expect(refusal { _ = try file.array("more") }?.contains("'features', 'labels', 'paths'") == true)
    #expect(refusal { _ = try file.floats("features", limit: 23) }?.contains("24 bytes") == true)
  }

  @Test func readsRowByRow() throws {
    let zeros = try NpzFile(golden("deflated.npz")).array("zeros")
    var rows = 0
    while zeros.position < 64 {
      let piece = try zeros.floats(rows: 10)
      #expect(piece.allSatisfy { $0 == 0 })
      rows += piece.count / 1024
    }
    #expect(rows == 64)
    #expect(try zeros.floats(rows: 10) == [])
    let features = try NpzFile(golden("stored.npz")).array("features")
    var bytes = [UInt8](repeating: 0, count: 20)
    #expect(try bytes.withUnsafeMutableBytes { try features.read(into: $0) } == 2)
    #expect(try bytes.withUnsafeMutableBytes { try features.read(into: $0) } == 1)
    #expect(try bytes.withUnsafeMutableBytes { try features.read(into: $0) } == 0)
  }

  @Test func writesAnArrayOfKnownShapeInPiecesOfAnySize() throws {
    let writer = try NpzWriter(folder("a.npz"))
    let bytes = [Float](arrayLiteral: 0, 1, 2, 3, 4, 5).withUnsafeBytes { Array($0) }
    try writer.add("layer/kernel", .float32, shape: [2, 3]) { array in
      for piece in [bytes[..<8], bytes[8...]] { try Array(piece).withUnsafeBytes { try array.append($0) } }
    }
    #expect(
      refusal { try writer.add("short", .float32, shape: [2]) { _ in } }?.contains("only 0 of 8") == true)
    let tooMany = refusal {
      try writer.add("long", .float32, shape: [2]) { array in
        try bytes.withUnsafeBytes { try array.append($0) }
      }
    }
    #expect(tooMany?.contains("no room") == true)
    try writer.finish()
    #expect(try folder.contents == ["a.npz"])
    let file = try NpzFile(folder("a.npz"))
    #expect(file.names == ["layer/kernel"])
    #expect(try file.array("layer/kernel").header.shape == [2, 3])
    #expect(try file.floats("layer/kernel", limit: limit) == [0, 1, 2, 3, 4, 5])
  }

  @Test func writesSeveralGrowingArrays() throws {
    let writer = try NpzWriter(folder("a.npz"))
    let features = try writer.rows("features", rowShape: [2, 2])
    let labels = try writer.rows("labels", type: .int64, rowShape: [])
    for row in 0..<100 {
      try features.append((0..<4).map { Float(row * 4 + $0) })
      try labels.append([Int64(row % 3)])
    }
    try writer.add("paths", text: (0..<100).map { "class/\($0).jpg" })
    try writer.add("means", [Double(0.5), 1.5])
    try writer.add("nothing", [Float](), rowShape: [2])
    try writer.finish()
    #expect(try folder.contents == ["a.npz"])
    let file = try NpzFile(folder("a.npz"))
    #expect(file.names == ["features", "labels", "paths", "means", "nothing"])
    #expect(try file.array("features").header.shape == [100, 2, 2])
    #expect(try file.floats("features", limit: limit) == (0..<400).map(Float.init))
    #expect(try file.integers("labels", limit: limit) == (0..<100).map { Int64($0 % 3) })
    #expect(try file.strings("paths", limit: limit).last == "class/99.jpg")
    #expect(try file.floats("means", limit: limit) == [0.5, 1.5])
    #expect(try file.array("nothing").header.shape == [0, 2])
    #expect(try file.floats("nothing", limit: limit) == [])
  }

  @Test func droppedWriterLeavesNothing() throws {
    do {
      let writer = try NpzWriter(folder("a.npz"))
      try writer.add("x", [Float(1)])
      #expect(refusal { try writer.add("x", [Float(1)]) } != nil)
      #expect(refusal { try writer.add("../x", [Float(1)]) } != nil)
    }
    #expect(try folder.contents == [])
  }

  @Test func memberLongerThanItsHeaderSays() throws {
    let writer = try ZipWriter(folder("a.npz"))
    try writer.add("x.npy", contents(golden("float32.npy")) + [0])
    try writer.finish()
    let line = try #require(refusal { _ = try NpzFile(folder("a.npz")).array("x") })
    #expect(line.contains("a.npz: array 'x': has bytes after the array"))
  }

  @Test(arguments: ["stored.npz", "deflated.npz"]) func damageNeverCrashes(_ name: String) throws {
    let bytes = try contents(golden(name))
    var generator = SplitMix64(seed: 2)
    for _ in 0..<1000 {
      let path = try folder.file(damaged(bytes, &generator))
      guard let file = try? NpzFile(path) else { continue }
      for array in file.names {
        _ = try? file.floats(array, limit: 4096)
        _ = try? file.integers(array, limit: 4096)
        _ = try? file.strings(array, limit: 4096)
      }
    }
  }

  /// The checksum covers the data: a damaged element is never taken for a good one.
  @Test func flippedElementIsNoticed() throws {
    var bytes = try contents(golden("stored.npz"))
    let five = try #require(
      bytes.indices.dropLast(4).first { Array(bytes[$0..<$0 + 4]) == [0, 0, 0xA0, 0x40] })
    bytes[five] ^= 1
    let path = try folder.file(bytes)
    #expect(refusal { _ = try NpzFile(path).floats("features", limit: limit) }?.contains("CRC") == true)
    #expect(refusal { _ = try NpzFile(path).array("features").floats(rows: 3) }?.contains("CRC") == true)
  }
}
