import Testing
import ZooFile
import ZooGraph
import ZooImage
import ZooSystem

@testable import ZooFeatures

/// Outputs that are pictures become PNG files, in the levels that the network's end means.
@Suite struct PictureOutputTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// A network without weights that ends in `end`.
  private func file(_ channels: Int, _ end: ActivationFunction, _ preprocessing: Preprocessing = .none) throws
    -> ZooFile
  {
    let g = GraphBuilder("test")
    let output = g.activation(g.input(.map(1, 2, channels)), "end", end)
    let path = folder.path + "/\(channels)-\(end.name).zoo"
    let model = ModelDescription(
      base: nil, includeTop: false, graph: try g.build(output: output), preprocessing: preprocessing,
      provenance: Provenance(createdBy: "test"))
    try ZooFileWriter(path, model: model).finish()
    return try ZooFile(path)
  }

  /// The levels of what was written, as RGB.
  private func levels(_ file: ZooFile, _ values: [Float]) throws -> [Float] {
    let output = try PictureOutput(of: file, file.graph.entries[file.graph.outputIndex])
    let path = folder.path + "/out.png"
    try values.withUnsafeBufferPointer { try output.write($0, to: path) }
    var pixels = [Float](repeating: 0, count: 6)
    try pixels.withUnsafeMutableBufferPointer {
      try ImageLoader(height: 1, width: 2, resize: .nearest).load(.file(path), into: $0)
    }
    return pixels
  }

  @Test func probabilitiesAreSharesOf255() throws {
    #expect(try levels(file(1, .sigmoid), [0.2, 1]) == [51, 51, 51, 255, 255, 255])
    #expect(try levels(file(3, .tanh), [-1, 0, 1, 1, 1, -2]) == [0, 128, 255, 255, 255, 0])
  }

  @Test func valuesAreInTheRangeOfTheInput() throws {
    #expect(try levels(file(1, .linear), [17, 300]) == [17, 17, 17, 255, 255, 255])
    #expect(try levels(file(1, .relu, .unit), [0.2, .nan]) == [51, 51, 51, 0, 0, 0])
    #expect(try levels(file(3, .linear, .tf), [-1, 0, 1, 1, 1, 1]) == [0, 128, 255, 255, 255, 255])
  }

  /// A segmentation tells the class of each pixel.
  @Test func classesAreNumbers() throws {
    #expect(try levels(file(3, .softmax), [0.1, 0.2, 0.7, 0.5, 0.3, 0.2]) == [2, 2, 2, 0, 0, 0])
  }

  @Test func whatNoPictureShowsIsRefused() throws {
    let many = try file(5, .relu)
    #expect {
      try PictureOutput(of: many, many.graph.entries[many.graph.outputIndex])
    } throws: { "\($0)".contains("its output 'end' of 1×2×5 is no picture") }
  }
}
