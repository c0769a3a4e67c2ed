import Testing

@testable import ZooHDF5

@Suite struct PiecePlanTests {
  /// Pieces follow each other without gaps, in row-major order, none larger than the limit.
  @Test(arguments: [
    ([], 4), ([1], 8), ([7], 1 << 18), ([5, 600_000], 4), ([3, 3, 1000, 1000], 4), ([2, 3, 5], 1 << 19),
    ([1 << 21], 1), ([40, 1 << 19], 1),
  ])
  func coversTheArray(_ shape: [Int], _ size: Int) throws {
    let plan = try #require(PiecePlan(shape: shape, elementSize: size))
    var next = 0
    for piece in 0..<plan.count {
      let (start, extent) = plan.slab(piece)
      var position = 0
      for (axis, length) in (shape.isEmpty ? [1] : shape).enumerated() {
        position = position * length + start[axis]
      }
      #expect(position * size == next)
      #expect(extent.reduce(size, *) == plan.byteCount(of: piece))
      #expect(plan.byteCount(of: piece) <= PiecePlan.limit)
      next += plan.byteCount(of: piece)
    }
    #expect(next == PiecePlan.byteCount(shape: shape, elementSize: size))
  }

  @Test func impossibleArrays() {
    #expect(PiecePlan(shape: [1 << 40, 1 << 40], elementSize: 4) == nil)
    #expect(PiecePlan(shape: [-1], elementSize: 4) == nil)
    #expect(PiecePlan(shape: [1], elementSize: 1 << 21) == nil)
    #expect(PiecePlan(shape: [1], elementSize: 0) == nil)
    #expect(PiecePlan(shape: [Int](repeating: 1, count: 33), elementSize: 4) == nil)
    #expect(PiecePlan(shape: [0, .max], elementSize: 4)?.count == 0)
  }
}
