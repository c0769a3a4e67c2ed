import Testing
import ZooGraph
import ZooHDF5
import ZooSystem

/// Files written by h5py, see `Fixtures/make.py`.
@Suite struct ReadingTests {
  /// What most datasets hold: 0, ¼, ½, …
  static let quarters = (0..<24).map { Float($0) / 4 }

  @Test func kerasWeights() throws {
    let file = try fixture("keras.h5")
    #expect(file.root.attribute("layer_names")?.strings == ["conv1", "relu", "fc"])
    #expect(file.root.attribute("backend")?.string == "tensorflow")
    #expect(file.root.groups.map(\.name) == ["conv1", "fc", "relu"])
    guard case .group(let layer) = file.root["conv1"] else {
      Issue.record("no group")
      return
    }
    #expect(layer.attribute("weight_names")?.strings == ["conv1/kernel:0", "conv1/bias:0"])
    guard case .dataset(let bias) = layer["conv1/bias:0"] else {
      Issue.record("no dataset")
      return
    }
    #expect(bias.path == "/conv1/conv1/bias:0")
    #expect(bias.shape == [4, 6])
    #expect(bias.elementType == .float32)
    #expect(try file.values(bias.path, Float.self) == Self.quarters.map { $0 + 1 })
    guard case .group(let empty) = file.root["/relu"] else {
      Issue.record("no group")
      return
    }
    #expect(empty.attribute("weight_names")?.value == .floats([]))
    #expect(empty.attribute("weight_names")?.strings == [])
    #expect(file.root["conv1/none"] == nil)
    #expect(file.root["conv1/conv1/bias:0/deeper"] == nil)
    #expect(throws: FileError(file.path, "has no dataset 'conv1/none'")) { try file.dataset("conv1/none") }
  }

  @Test(arguments: [
    HDF5Attribute("fixed", .strings(["a", "bcd"]), shape: [2]),
    HDF5Attribute("variable", .strings(["x", "größe"]), shape: [2], isVariableLength: true),
    HDF5Attribute("scalar bytes", .strings(["tensorflow"]), shape: [], isVariableLength: true),
    .text("scalar text", "déjà vu"),
    .text("empty text", ""),
    HDF5Attribute("empty", .floats([]), shape: [0]),
    HDF5Attribute("null", .floats([]), shape: [0]),
    HDF5Attribute("matrix", .integers([0, 1, 2, 3, 4, 5]), shape: [2, 3]),
    .integer("int8", -3),
    .integer("uint64", 1 << 40),
    HDF5Attribute("huge", .other("integers beyond 63 bits"), shape: []),
    .float("half", 0.5),
    HDF5Attribute("big endian", .floats([1.5, -2]), shape: [2]),
    .integer("bool", 1),
    HDF5Attribute("opaque", .other("opaque data of 3 bytes"), shape: []),
    HDF5Attribute("broken", .strings(["a\u{FFFD}\u{FFFD}b"]), shape: []),
    HDF5Attribute("padded with spaces", .strings(["abc"]), shape: []),
    HDF5Attribute("terminated", .strings(["ab"]), shape: []),
    HDF5Attribute("utf8", .strings(["grö"]), shape: []),
  ])
  func attribute(_ expected: HDF5Attribute) throws {
    #expect(try fixture("attributes.h5").root.attribute(expected.name) == expected)
  }

  private func check<Number: BitwiseCopyable & Equatable>(
    _ type: ElementType, _ expected: [Number]
  ) throws {
    let file = try fixture("types.h5")
    for order in ["little", "big"] {
      let dataset = try file.dataset("\(order) \(type)")
      #expect(dataset.elementType == type)
      #expect(dataset.isBigEndian == (order == "big" && type.size > 1))
      #expect(try file.values(dataset.path, Number.self) == expected)
    }
  }

  @Test func numbersOfBothByteOrders() throws {
    try check(.float16, [0, 1, 2, 100] as [Float16])
    try check(.float32, [0, 1, 2, 100] as [Float])
    try check(.float64, [0, 1, 2, 100] as [Double])
    try check(.int8, [0, 1, 2, 100] as [Int8])
    try check(.int16, [0, 1, 2, 100] as [Int16])
    try check(.int32, [0, 1, 2, 100] as [Int32])
    try check(.int64, [0, 1, 2, 100] as [Int64])
    try check(.uint8, [0, 1, 2, 100] as [UInt8])
    try check(.uint16, [0, 1, 2, 100] as [UInt16])
    try check(.uint32, [0, 1, 2, 100] as [UInt32])
    try check(.uint64, [0, 1, 2, 100] as [UInt64])
  }

  @Test func otherTypes() throws {
    let file = try fixture("types.h5")
    #expect(try file.dataset("bool").elementType == .bool)
    #expect(try file.values("bool", UInt8.self) == [1, 0, 1])
    for name in ["bfloat16", "bfloat16 as float"] {
      #expect(try file.dataset(name).elementType == .bfloat16)
      #expect(try file.values(name, UInt16.self) == [0x3F80, 0xC000])
    }
    #expect(try file.dataset("scalar").shape == [])
    #expect(try file.values("scalar", Float.self) == [7])
    #expect(try file.dataset("empty").shape == [3, 0])
    #expect(try file.values("empty", Float.self) == [])
    #expect(try file.strings(of: file.dataset("text"), limit: 100) == ["ant", "beetle"])
    #expect(throws: FileError.self) { try file.strings(of: file.dataset("text"), limit: 11) }
    #expect(try file.dataset("compound").type == .unsupported("compound"))
    #expect(try file.dataset("any length").type == .unsupported("text of any length"))
  }

  @Test(arguments: [
    "contiguous", "chunked", "gzip", "gzip shuffle", "fletcher32", "big endian gzip", "compact",
  ])
  func storage(_ name: String) throws {
    #expect(try fixture("storage.h5").values(name, Float.self) == Self.quarters)
  }

  @Test func storageIsDescribed() throws {
    let file = try fixture("storage.h5")
    #expect(try file.dataset("gzip shuffle").filters == ["shuffle", "deflate"])
    #expect(try file.dataset("gzip").storage == .chunked([3, 4]))
    #expect(try file.dataset("compact").storage == .compact)
    guard case .contiguous(_, 96) = try file.dataset("contiguous").storage else {
      Issue.record("not contiguous")
      return
    }
  }

  @Test func piecesAreBoundedAndInOrder() throws {
    let file = try fixture("storage.h5")
    var sizes: [Int] = []
    try file.read(try file.dataset("large")) { sizes.append($0.count) }
    #expect(sizes.allSatisfy { $0 <= 1 << 20 && $0 % 4 == 0 })
    #expect(sizes.reduce(0, +) == 300 * 1747 * 4)
    #expect(sizes.count == 2)
  }

  @Test func theReaderMayStop() throws {
    struct Enough: Error {}
    let file = try fixture("storage.h5")
    #expect(throws: Enough.self) { try file.read(try file.dataset("large")) { _ in throw Enough() } }
    #expect(try file.values("gzip", Float.self) == Self.quarters)
  }

  @Test func manyThreadsMayRead() async throws {
    let file = try fixture("storage.h5")
    let sums = try await withThrowingTaskGroup(of: Float.self) { group in
      for number in 0..<32 {
        let name = ["gzip", "chunked", "contiguous", "big endian gzip"][number % 4]
        group.addTask { try file.values(name, Float.self).reduce(0, +) }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(sums == [Float](repeating: 69, count: 32))
  }

  @Test func orderOfCreationIsKept() throws {
    let root = try fixture("order.h5").root
    #expect(root.groups.map(\.name) == ["zwei", "größe", "層_1", "eins"])
    #expect(root.attributes.map(\.name) == ["z", "a"])
  }

  @Test func foreignBytesBeforeTheStart() throws {
    #expect(try fixture("userblock.h5").values("x", Float.self) == Self.quarters)
  }

  @Test(arguments: [
    ("links.h5", "soft", "soft link"),
    ("links.h5", "dangling", "soft link"),
    ("links.h5", "external", "link to another file"),
    ("links.h5", "type", "a type, not data"),
    ("links.h5", "loop/inner/up", "another name of the group '/loop'"),
    ("links.h5", "loop/inner/root/real", "another name of the group '/'"),
    ("foreign.h5", "external storage", "its data is in another file"),
    ("foreign.h5", "lzf", "filter 32000"),
    ("foreign.h5", "scaled", "filter 6"),
    ("virtual.h5", "virtual", "it is virtual"),
    ("claims.h5", "chunked", "claims 1,099,511,627,776 bytes, but only 280 are stored"),
    ("claims.h5", "contiguous", "claims 1,099,511,627,776 bytes that are not in the file"),
    ("claims.h5", "overflow", "more elements than can be counted"),
    ("types.h5", "compound", "type 'compound'"),
    ("types.h5", "null", "no elements"),
    ("fletcher32.h5", "x", "a chunk is damaged: its bytes do not fit its compression or its checksum"),
  ])
  func refusal(_ name: String, _ path: String, _ reason: String) throws {
    let file = try fixture(name)
    #expect {
      try file.read(try file.dataset(path)) { _ in }
    } throws: {
      "\($0)".contains(reason) && "\($0)".hasPrefix(file.path + ": '/")
    }
  }

  @Test func aSecondNameOfADatasetIsFine() throws {
    #expect(try fixture("links.h5").values("second name", Float.self) == Self.quarters)
  }
}
