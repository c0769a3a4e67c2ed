import Testing
import ZooGraph
import ZooSystem

@testable import ZooONNX

/// Numbers written in another order, in each of the ways in which that is done, against the slow and obvious one.
@Suite struct TensorTests {
  private static let dimensions = [3, 2, 4, 5]
  private static let permutations = [
    [0, 1, 2, 3], [3, 2, 0, 1], [2, 3, 0, 1], [2, 0, 1, 3], [1, 0, 2, 3], [0, 3, 1, 2],
  ]

  /// The number of each written value.
  private func expected(_ permutation: [Int]) -> [Int] {
    var strides = Array(repeating: 1, count: Self.dimensions.count)
    for axis in strides.indices.dropLast().reversed() {
      strides[axis] = strides[axis + 1] * Self.dimensions[axis + 1]
    }
    return permutation.reduce([0]) { starts, axis in
      starts.flatMap { start in (0..<Self.dimensions[axis]).map { start + $0 * strides[axis] } }
    }
  }

  @Test(arguments: permutations, [(1, 7), (1_000, 7), (1_000, 1_000)])
  func permuted(_ permutation: [Int], _ way: (stretch: Int, block: Int)) throws {
    let count = Self.dimensions.reduce(1, *)
    let values = (0..<count).map { Float($0) }
    let folder = try TemporaryFolder()
    let scale = TensorView.Scale(factors: [1, 2, 3, 4, 5], run: 1)
    for (scale, piece) in [(nil, 120), (scale, 120), (scale, 17)] as [(TensorView.Scale?, Int)] {
      let view = TensorView(
        .weight(WeightName("layer", "kernel")), Self.dimensions, permutation: permutation, scale: scale,
        .float32)
      let file = try AtomicFile("\(folder.path)/out")
      var writer = TensorWriter(view: view, file: file, position: 12)
      (writer.stretch, writer.block) = way
      try writer.write { name, body in
        #expect(name == WeightName("layer", "kernel"))
        for start in stride(from: 0, to: count, by: piece) {
          try Array(values[start..<min(start + piece, count)]).withUnsafeBufferPointer { try body($0) }
        }
      }
      try file.commit()
      let bytes = try InputFile.contents(of: "\(folder.path)/out", limit: 1 << 20)
      let written = bytes[12...].withUnsafeBytes { bytes in
        (0..<count).map { bytes.loadUnaligned(fromByteOffset: $0 * 4, as: Float.self) }
      }
      let wanted = expected(permutation).map { values[$0] * Float(scale == nil ? 1 : $0 % 5 + 1) }
      #expect(bytes.count == 12 + count * 4 && written == wanted)
    }
  }

  @Test func numbersOfOtherTypes() throws {
    let folder = try TemporaryFolder()
    func bytes(_ view: TensorView) throws -> [UInt8] {
      let file = try AtomicFile("\(folder.path)/out")
      try TensorWriter(view: view, file: file, position: 0).write { _, _ in }
      try file.commit()
      return try InputFile.contents(of: "\(folder.path)/out", limit: 1 << 20)
    }
    #expect(
      try bytes(TensorView(.integers([1, -2]), [2], .int64))
        == [1, 0, 0, 0, 0, 0, 0, 0, 0xFE] + Array(repeating: 0xFF, count: 7))
    #expect(try bytes(TensorView(.floats([1, -2]), [2], .float16)) == [0, 0x3C, 0, 0xC0])
    #expect(throws: ONNXError.self) { try bytes(TensorView(.floats([1e5]), [1], .float16)) }
  }

  @Test(
    arguments: [
      // Split and merged where the axes lie side by side.
      ([4, 5, 6], [2, 0, 1], [4, 5, 2, 3], [2, 3, 0, 1]),
      ([4, 5, 2, 3], [2, 3, 0, 1], [4, 5, 6], [2, 0, 1]),
      ([4, 5, 6], [2, 0, 1], [20, 6], [1, 0]), ([4, 5, 6], [0, 1, 2], [120], [0]),
      // Axes of one step come and go.
      ([6], [0], [1, 1, 6], [2, 0, 1]), ([1, 1, 6], [2, 0, 1], [6], [0]),
      ([4, 1, 6], [2, 0, 1], [4, 6], [1, 0]),
      // What would have to move.
      ([4, 5, 6], [2, 0, 1], [120], nil), ([4, 5, 6], [2, 0, 1], [4, 30], nil),
      ([4, 6], [1, 0], [6, 4], nil),
    ] as [([Int], [Int], [Int], [Int]?)])
  func reshaping(_ source: [Int], _ order: [Int], _ target: [Int], _ expected: [Int]?) {
    #expect(AxisOrder.reshaping(Shape(source), order, to: Shape(target)) == expected)
  }
}
