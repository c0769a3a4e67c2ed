import Testing
import ZooArrays
import ZooGraph
import ZooSystem

@Suite struct NpyTests {
  let folder = TemporaryFolder()

  @Test(
    arguments: [
      ElementType.float16, .float32, .float64, .int8, .int16, .int32, .int64, .uint8, .uint16, .uint32,
      .uint64,
    ])
  func readsWhatNumPySaves(_ type: ElementType) throws {
    let file = try NpyFile(golden("\(type.rawValue).npy"))
    #expect(file.header.element == .number(type))
    #expect(file.header.shape == [3, 2])
    #expect(try file.floats(rows: 0..<3) == [0, 1, 2, 3, 4, 5])
    #expect(try file.floats(rows: 1..<2) == [2, 3])
    #expect(try file.bytes(rows: 2..<3).count == 2 * type.size)
  }

  @Test func readsBooleansScalarsAndEmptyArrays() throws {
    #expect(try NpyFile(golden("bool.npy")).floats(rows: 0..<3) == [0, 1, 0, 1, 0, 1])
    #expect(try NpyFile(golden("bool.npy")).integers() == [0, 1, 0, 1, 0, 1])
    let scalar = try NpyFile(golden("scalar.npy"))
    #expect(scalar.header.shape == [])
    #expect(try scalar.floats(rows: 0..<1) == [1.5])
    let empty = try NpyFile(golden("empty.npy"))
    #expect(empty.header.shape == [0, 2048])
    #expect(try empty.floats(rows: 0..<0) == [])
  }

  @Test func readsText() throws {
    #expect(try NpyFile(golden("text.npy")).strings() == ["a/b.jpg", "größe", "", "🐕"])
  }

  @Test(arguments: 1...3) func readsEveryVersion(_ version: Int) throws {
    #expect(try NpyFile(golden("version\(version).npy")).floats(rows: 0..<3) == [0, 1, 2, 3, 4, 5])
  }

  @Test(
    arguments: [
      ("bigendian", "newbyteorder('<')"), ("fortran", "ascontiguousarray"), ("objects", "never opened"),
      ("table", "one column"), ("complex", "'<c8'"), ("bytes", "'|S2'"),
    ])
  func refusesWithAdvice(_ name: String, _ advice: String) throws {
    let line = try #require(refusal { _ = try NpyFile(golden("refused-\(name).npy")) })
    #expect(line.contains("refused-\(name).npy: ") && line.contains(advice) && !line.contains("\n"))
  }

  @Test func writesRowsOfUnknownNumber() throws {
    let writer = try NpyWriter(folder("a.npy"), rowShape: [2])
    for row in 0..<1000 { try writer.rows.append([Float(row), Float(-row)]) }
    #expect(writer.rows.count == 1000)
    #expect(try folder.contents.allSatisfy { $0.hasSuffix(".tmp") })
    try writer.finish()
    #expect(try folder.contents == ["a.npy"])
    let file = try NpyFile(folder("a.npy"))
    #expect(file.header.shape == [1000, 2])
    #expect(try file.floats(rows: 998..<1000) == [998, -998, 999, -999])
    #expect(try contents(folder("a.npy")).count == 128 + 8000, "aligned for memory mapping")
  }

  @Test(arguments: ["float32", "int64", "uint8", "uint16", "float64"])
  func copiesGoldenData(_ name: String) throws {
    let source = try NpyFile(golden("\(name).npy"))
    let type = try #require(ElementType(rawValue: name))
    let bytes = try source.bytes(rows: 0..<3)
    let writer = try NpyWriter(folder("copy.npy"), type: type, rowShape: [2])
    try bytes.withUnsafeBytes { try writer.rows.append($0) }
    try writer.finish()
    let copy = try NpyFile(folder("copy.npy"))
    #expect(copy.header.element == source.header.element && copy.header.shape == source.header.shape)
    #expect(try copy.bytes(rows: 0..<3) == bytes)
  }

  @Test func writesText() throws {
    let paths = ["", "ä/🐕.jpg", String(repeating: "x", count: 300)] + (0..<2000).map { "n\($0)" }
    try NpyWriter(folder("text.npy"), text: paths).finish()
    #expect(try NpyFile(folder("text.npy")).strings() == paths)
    try NpyWriter(folder("none.npy"), text: []).finish()
    #expect(try NpyFile(folder("none.npy")).strings() == [])
  }

  @Test func droppedWriterLeavesNothing() throws {
    do {
      let writer = try NpyWriter(folder("a.npy"), rowShape: [2])
      try writer.rows.append([Float(1), 2])
    }
    #expect(try folder.contents == [])
  }

  @Test func refusesRowsThatDoNotFit() throws {
    let writer = try NpyWriter(folder("a.npy"), rowShape: [2])
    #expect(refusal { try writer.rows.append([Float(1)]) }?.contains("rows of 8 bytes") == true)
    #expect(refusal { try writer.rows.append([Int32(1), 2]) }?.contains("holds float32, not int32") == true)
    #expect(refusal { _ = try NpyWriter(folder("b.npy"), type: .bfloat16, rowShape: [2]) } != nil)
    #expect(refusal { _ = try NpyWriter(folder("b.npy"), rowShape: [.max, 2]) } != nil)
  }

  @Test func refusesRowsOutsideAndWrongKinds() throws {
    let file = try NpyFile(golden("float32.npy"))
    #expect(refusal { _ = try file.floats(rows: 2..<4) }?.contains("has rows 0..<3, not 2..<4") == true)
    #expect(refusal { _ = try file.bytes(rows: -1..<1) } != nil)
    #expect(refusal { _ = try file.integers() }?.contains("expected whole numbers") == true)
    #expect(refusal { _ = try file.strings() }?.contains("expected text") == true)
    let text = try NpyFile(golden("text.npy"))
    #expect(refusal { _ = try text.floats(rows: 0..<1) }?.contains("expected numbers") == true)
  }
}

@Suite struct MalformedNpyTests {
  let folder = TemporaryFolder()

  private func made(_ header: String, data: Int = 0, version: UInt8 = 1) throws -> String {
    let length = littleEndian(UInt64(header.utf8.count), version == 1 ? 2 : 4)
    let start = [0x93] + Array("NUMPY".utf8) + [version, 0] + length
    return try folder.file(start + Array(header.utf8) + [UInt8](repeating: 0, count: data))
  }

  @Test(
    arguments: [
      "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}",
      "{\"shape\":(2,),\"fortran_order\":False,\"descr\":\"<f4\"}",
      "  { 'shape' : ( 1 , 2 , ) , 'descr':'<f4','fortran_order':False , }   \n",
    ])
  func acceptsAnyOrderAndSpacing(_ header: String) throws {
    for version: UInt8 in 1...3 {
      #expect(try NpyFile(made(header, data: 8, version: version)).header.shape.last == 2)
    }
  }

  @Test(
    arguments: [
      "", "{", "{}", "[]", "{'descr': '<f4'}", "{'descr': '<f4', 'fortran_order': False, 'shape': (2)}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (-2,)}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (2.0,)}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (02,)}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': 2}",
      "{'descr': '<f4', 'fortran_order': 0, 'shape': (2,)}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)} x",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'shape': (2,)}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'more': (2,)}",
      "{'descr': '<f4' 'fortran_order': False, 'shape': (2,)}",
      "{'descr': '<f\\x34', 'fortran_order': False, 'shape': (2,)}",
      "{'descr': '<f4, 'fortran_order': False, 'shape': (2,)}",
      "{'descr': '<U0', 'fortran_order': False, 'shape': (2,)}",
      "{'descr': '<U99999999999999999999', 'fortran_order': False, 'shape': (2,)}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}",
    ])
  func refusesHeaders(_ header: String) throws {
    let path = try made(header, data: 8)
    #expect(refusal { _ = try NpyFile(path) } != nil)
  }

  @Test(
    arguments: [
      "(9223372036854775807,)", "(4611686018427387904, 4)", "(4294967296, 4294967296)",
      "(0, 4611686018427387904)", "(4611686018427387904, 2, 0)",
    ])
  func refusesShapesBeyondCounting(_ shape: String) throws {
    let path = try made("{'descr': '<f4', 'fortran_order': False, 'shape': \(shape)}")
    #expect(refusal { _ = try NpyFile(path) }?.contains("impossible shape") == true)
  }

  @Test func emptyRowsTakeNoMemory() throws {
    let header = "{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000, 0, 2305843009213693951)}"
    let file = try NpyFile(made(header))
    #expect(try file.floats(rows: 0..<file.rows) == [])
  }

  @Test func countsBytes() throws {
    let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2)}"
    let short = try #require(refusal { _ = try NpyFile(made(header, data: 23)) })
    #expect(short.contains("truncated: shape [3, 2] takes 24 bytes, found 23"))
    let long = try #require(refusal { _ = try NpyFile(made(header, data: 25)) })
    #expect(long.contains("takes 24 bytes, found 25"))
  }

  @Test func namesWhatItIsInstead() throws {
    for (start, name) in [("PK\u{3}\u{4}...........", "zip"), ("<!doctype html>", "web page")] {
      let path = try folder.file(Array(start.utf8))
      #expect(refusal { _ = try NpyFile(path) }?.contains(name) == true)
    }
    let path = try folder.file([])
    #expect(refusal { _ = try NpyFile(path) }?.contains("is empty") == true)
  }

  @Test(arguments: ["version1.npy", "version3.npy", "text.npy"]) func everyTruncationIsRefused(_ name: String)
    throws
  {
    let bytes = try contents(golden(name))
    for count in 0..<bytes.count {
      let path = try folder.file(Array(bytes.prefix(count)))
      #expect(refusal { _ = try NpyFile(path) } != nil, "\(count) bytes")
    }
  }

  @Test(arguments: ["version1.npy", "version2.npy", "text.npy", "uint64.npy"])
  func damageNeverCrashes(_ name: String) throws {
    let bytes = try contents(golden(name))
    var generator = SplitMix64(seed: 1)
    for _ in 0..<1500 {
      let path = try folder.file(damaged(bytes, &generator))
      guard let file = try? NpyFile(path) else { continue }
      _ = try? file.floats(rows: 0..<file.rows)
      _ = try? file.integers()
      _ = try? file.strings()
    }
  }
}
