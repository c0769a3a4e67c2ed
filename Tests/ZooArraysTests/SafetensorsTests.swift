import Testing
import ZooArrays
import ZooGraph
import ZooSystem

@Suite struct SafetensorsTests {
  let folder = TemporaryFolder()

  @Test func readsWhatPythonSaves() throws {
    let file = try SafetensorsFile(golden("mixed.safetensors"))
    #expect(file.metadata == ["format": "np", "note": "ä \"quoted\"\n"])
    #expect(Set(file.tensors.map(\.name)) == ["b", "a/kernel:0", "scalar", "empty", "flags", "größe\n\"🐕\""])
    let b = try #require(file.tensor("b"))
    #expect(b.type == .float32 && b.shape == [3, 2])
    #expect(file.floats(of: b) == [0, 1, 2, 3, 4, 5])
    let kernel = try #require(file.tensor("a/kernel:0"))
    #expect(kernel.type == .float16 && file.floats(of: kernel) == [0, 1, 2, 3])
    let scalar = try #require(file.tensor("scalar"))
    #expect(scalar.type == .int64 && scalar.shape == [] && file.floats(of: scalar) == [7])
    #expect(file.withBytes(of: try #require(file.tensor("flags"))) { Array($0) } == [1, 0])
    #expect(file.floats(of: try #require(file.tensor("empty"))) == [])
    #expect(file.floats(of: try #require(file.tensor("größe\n\"🐕\""))) == [0, 1, 2])
    #expect(file.tensor("none") == nil)
    var piece: [Float] = [0, 0]
    try piece.withUnsafeMutableBytes { try file.read(b, at: 8, into: $0) }
    #expect(piece == [2, 3])
    #expect(refusal { try piece.withUnsafeMutableBytes { try file.read(b, at: 17, into: $0) } } != nil)
    let half = try SafetensorsFile(golden("bfloat16.safetensors"))
    #expect(half.floats(of: half.tensors[0]) == [1, -2.5, 0])
  }

  @Test func keepsOrderAndAlignment() throws {
    let tensors: [SafetensorsWriter.Tensor] = [
      .init("z/kernel:0", .float32, [2, 1]), .init("empty", .float32, [0, 4]),
      .init("a \"é\"\n", .uint8, [3]),
      .init("m", .int64, []), .init("last", .float16, [0]),
    ]
    let writer = try SafetensorsWriter(
      folder("a.safetensors"), tensors, metadata: ["b": "2", "a": "\u{1}\\"])
    try writer.append([Float(1)])
    try writer.append([Float(2)])
    try writer.append([UInt8(1), 2, 3])
    try writer.append([Int64(-5)])
    try writer.finish()
    #expect(try folder.contents == ["a.safetensors"])
    let file = try SafetensorsFile(folder("a.safetensors"))
    #expect(file.tensors.map(\.name) == tensors.map(\.name))
    #expect(file.tensors.map(\.shape) == tensors.map(\.shape))
    #expect(file.tensors[0].bytes.lowerBound.isMultiple(of: 8))
    #expect(file.floats(of: file.tensors[0]) == [1, 2])
    #expect(file.floats(of: file.tensors[2]) == [1, 2, 3])
    #expect(file.floats(of: file.tensors[3]) == [-5])
    #expect(file.metadata == ["b": "2", "a": "\u{1}\\"])
  }

  @Test func rowsOfUnknownNumber() throws {
    let writer = try SafetensorsWriter(
      folder("a.safetensors"),
      [.rows("features", .float32, rowShape: [2]), .rows("labels", .int64, rowShape: [])])
    for row in 0..<10 { try writer.append([Float(row), 0]) }
    try writer.endRows()
    for row in 0..<10 { try writer.append([Int64(row)]) }
    #expect(refusal { try writer.finish() }?.contains("'labels' has no end") == true)
    try writer.endRows()
    try writer.finish()
    let file = try SafetensorsFile(folder("a.safetensors"))
    #expect(file.tensors.map(\.shape) == [[10, 2], [10]])
    #expect(file.floats(of: file.tensors[1]) == (0..<10).map(Float.init))
  }

  @Test func noTensorsAtAll() throws {
    try SafetensorsWriter(folder("a.safetensors"), []).finish()
    #expect(try SafetensorsFile(folder("a.safetensors")).tensors == [])
  }

  @Test func refusesWrongBytes() throws {
    let writer = try SafetensorsWriter(
      folder("a.safetensors"), [.init("x", .float32, [2]), .init("y", .int8, [1])])
    #expect(
      refusal { try writer.append([Float(1), 2, 3]) }?.contains("'x' takes 8 more bytes, not 12") == true)
    #expect(refusal { try writer.append([Double(1)]) }?.contains("holds float32, not float64") == true)
    try writer.append([Float(1)])
    #expect(refusal { try writer.endRows() } != nil)
    #expect(refusal { try writer.finish() }?.contains("'x' has 4 of 8 bytes") == true)
    try writer.append([Float(2)])
    try writer.append([Int8(2)])
    #expect(refusal { try writer.append([Int8(2)]) }?.contains("after the last tensor") == true)
  }

  @Test func refusesDeclarations() throws {
    let lists: [[SafetensorsWriter.Tensor]] = [
      [.init("x", .float32, [2]), .init("x", .int8, [1])], [.init("__metadata__", .int8, [1])],
      [.init("x", .float32, [.max])], [.init("x", .int8, [.max]), .init("y", .int8, [1])],
      [.init("x", .int8, [-1])],
    ]
    for list in lists { #expect(refusal { _ = try SafetensorsWriter(folder("a.safetensors"), list) } != nil) }
    #expect(try folder.contents == [])
  }
}

@Suite struct MalformedSafetensorsTests {
  let folder = TemporaryFolder()

  private func made(_ header: String, data: Int, length: UInt64? = nil) throws -> String {
    let start = littleEndian(length ?? UInt64(header.utf8.count), 8)
    return try folder.file(start + Array(header.utf8) + [UInt8](repeating: 0, count: data))
  }

  @Test func acceptsFreeSpacingAndOrder() throws {
    let header = """
      { "b" : { "data_offsets" : [ 4 , 8 ] , "shape":[1], "dtype":"F32"},
        "\\u0061\\ud83d\\udc15\\/" : {"dtype":"U8","shape":[2,2],"data_offsets":[0,4]} }    
      """
    let file = try SafetensorsFile(made(header, data: 8))
    #expect(file.tensors.map(\.name) == ["a🐕/", "b"], "in the order of the data")
  }

  @Test(
    arguments: [
      (#"{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 5, "bytes after the last tensor"),
      (#"{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 3, "truncated: tensor 'x' ends at byte 4"),
      (#"{"x":{"dtype":"F32","shape":[1],"data_offsets":[1,5]}}"#, 5, "leaves a hole"),
      (
        #"{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,8]}}"#, 8, "takes 4 bytes, its offsets are 0 to 8"
      ),
      (#"{"x":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#, 4, "its offsets are 4 to 0"),
      (
        #"{"x":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"y":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}"#,
        3,
        "overlaps"
      ),
      (
        #"{"x":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"y":{"dtype":"U8","shape":[1],"data_offsets":[3,4]}}"#,
        4,
        "leaves a hole"
      ),
      (
        #"{"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"x":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}"#,
        2,
        "tensor 'x' comes twice"
      ),
      (#"{"x":{"dtype":"U8","dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#, 1, "repeated key 'dtype'"),
      (
        #"{"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"more":1}}"#, 1,
        "unknown or repeated key 'more'"
      ),
      (#"{"x":{"dtype":"U8","shape":[1]}}"#, 1, "needs dtype, shape and two data_offsets"),
      (#"{"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1,1]}}"#, 1, "two data_offsets"),
      (#"{"x":{"dtype":"F8_E4M3","shape":[1],"data_offsets":[0,1]}}"#, 1, "unsupported dtype 'F8_E4M3'"),
      (#"{"x":{"dtype":"U8","shape":[-1],"data_offsets":[0,1]}}"#, 1, "expected a whole number"),
      (#"{"x":{"dtype":"U8","shape":[1.0],"data_offsets":[0,1]}}"#, 1, "expected ',' or ']'"),
      (#"{"x":{"dtype":"U8","shape":[01],"data_offsets":[0,1]}}"#, 1, "expected a whole number"),
      (
        #"{"x":{"dtype":"U8","shape":[9223372036854775808],"data_offsets":[0,1]}}"#, 1,
        "expected a whole number"
      ),
      (#"{"x":{"dtype":"F64","shape":[4611686018427387904],"data_offsets":[0,1]}}"#, 1, "impossible shape"),
      (#"{"x":{"dtype":"U8","shape":[4294967296,4294967296],"data_offsets":[0,0]}}"#, 0, "impossible shape"),
      (#"{"x":{"dtype":"U8","shape":[1],"data_offsets":[0,9223372036854775807]}}"#, 1, "its offsets are"),
      (#"{"__metadata__":{"a":1}}"#, 0, "expected a string"),
      (#"{"__metadata__":{"a":"1","a":"1"}}"#, 0, "metadata 'a' comes twice"),
      (#"{"__metadata__":{},"__metadata__":{}}"#, 0, "comes twice"),
      (#"{"\ud800":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#, 1, "expected a string"),
      (#"{"\x":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#, 1, "expected a string"),
      (#"{"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},}"#, 1, "expected a string"),
      (#"{"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}} {}"#, 1, "expected the end"),
      (#"[]"#, 0, "not a safetensors file"), ("", 0, "expected '{'"),
    ])
  func refuses(_ header: String, _ data: Int, _ reason: String) throws {
    let path = try made(header, data: data)
    let line = try #require(refusal { _ = try SafetensorsFile(path) })
    #expect(line.contains(reason) && !line.contains("\n"), "\(line)")
  }

  @Test(arguments: [UInt64(1) << 63, .max, 100_000_001, 1 << 40, 100_000_000, 3])
  func refusesHeaderLength(_ length: UInt64) throws {
    let path = try made("{}", data: 0, length: length)
    #expect(refusal { _ = try SafetensorsFile(path) } != nil)
  }

  @Test func refusesDeepNesting() throws {
    for open in ["[", "{\"x\":"] {
      let path = try made("{\"x\":{\"shape\":" + String(repeating: open, count: 100_000), data: 0)
      #expect(refusal { _ = try SafetensorsFile(path) } != nil)
    }
  }

  @Test func everyTruncationIsRefused() throws {
    let bytes = try contents(golden("mixed.safetensors"))
    for count in 0..<bytes.count {
      let path = try folder.file(Array(bytes.prefix(count)))
      #expect(refusal { _ = try SafetensorsFile(path) } != nil, "\(count) bytes")
    }
  }

  @Test func damageNeverCrashes() throws {
    let bytes = try contents(golden("mixed.safetensors"))
    var generator = SplitMix64(seed: 3)
    for _ in 0..<3000 {
      let path = try folder.file(damaged(bytes, &generator))
      guard let file = try? SafetensorsFile(path) else { continue }
      for tensor in file.tensors { _ = file.floats(of: tensor) }
    }
  }
}
