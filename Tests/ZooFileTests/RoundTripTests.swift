import Testing
import ZooFile
import ZooGraph
import ZooSystem

@Suite struct RoundTripTests {
  let path = TestModel.folder() + "/a.zoo"

  @Test(arguments: [ElementType.float32, .float64, .float16, .bfloat16], [false, true])
  func everyTypeAndCodecKeepsEveryBit(_ type: ElementType, _ compress: Bool) throws {
    try TestModel.write(to: path, types: [type], compress: compress)
    let file = try ZooFile(path)
    try file.verify()
    #expect(file.model == (try TestModel.description()))
    #expect(file.tensors == (try TestModel.tensors([type])))
    for (index, tensor) in file.tensors.enumerated() {
      var bytes: [UInt8] = []
      try file.read(index) { bytes.append(contentsOf: $0) }
      #expect(bytes == TestModel.bytes(of: tensor, seed: UInt64(index)))
      #expect(bytes.withUnsafeBytes { Digest.of($0) } == file.digests[index])
    }
  }

  @Test(arguments: [ElementType.float32, .float64, .float16, .bfloat16], [false, true])
  func weightsAreGivenAsFloats(_ type: ElementType, _ compress: Bool) throws {
    try TestModel.write(to: path, types: [type], compress: compress)
    let file = try ZooFile(path)
    let index = try #require(file.index(layer: "bn", weight: "gamma"))
    let expected = TestModel.bytes(of: file.tensors[index], seed: UInt64(index)).withUnsafeBytes { bytes in
      var floats = [Float](repeating: 0, count: 40)
      floats.withUnsafeMutableBufferPointer { type.convert(bytes, to: $0) }
      return floats
    }
    #expect(try file.withWeight(layer: "bn", weight: "gamma") { Array($0) } == expected)
  }

  @Test func compressionSavesAtLeastATenth() throws {
    try TestModel.write(to: path)
    let plain = try ZooFile(path).size
    try TestModel.write(to: path, compress: true)
    #expect(try ZooFile(path).size < plain * 9 / 10)
  }

  @Test func sameInputGivesSameBytesWhateverThePieces() throws {
    let other = TestModel.folder() + "/b.zoo"
    for compress in [false, true] {
      try TestModel.write(to: path, compress: compress, piece: 333)
      try TestModel.write(to: other, compress: compress, piece: 1_000_000)
      #expect(
        try InputFile.contents(of: path, limit: 1 << 24) == InputFile.contents(of: other, limit: 1 << 24))
    }
  }

  @Test func storedTensorsCanBeMapped() throws {
    try TestModel.write(to: path)
    let file = try ZooFile(path)
    try file.withWeight(layer: "predictions", weight: "kernel") { weights in
      #expect(weights.count == 6 * 6 * 40 * 60)
      #expect(UInt(bitPattern: weights.baseAddress) % 64 == 0)
    }
  }

  @Test func tooFewOrTooManyBytesAreRefused() throws {
    for count in [10, 10_000] {
      let writer = try ZooFileWriter(path, model: try TestModel.description())
      #expect {
        try writer.write(try TestModel.tensors()[0]) { writer in
          try [UInt8](repeating: 0, count: count).withUnsafeBytes { try writer.append($0) }
        }
      } throws: { "\($0)".contains("conv/kernel") }
    }
    #expect(throws: FileError.self) { try InputFile(path) }
  }

  @Test func aGraphWithoutAllItsTensorsIsRefused() throws {
    let writer = try ZooFileWriter(path, model: try TestModel.description())
    try writer.finish()
    #expect {
      try ZooFile(path)
    } throws: { "\($0)".contains("layer 'conv': the weight 'kernel' is missing") }
  }
}
