import Testing

@testable import ZooGraph

@Suite struct ShapeTests {
  /// Size formulas of TensorFlow: `ceil(input / stride)` and `(input − window) / stride + 1`.
  @Test(arguments: [
    (Padding.same, 224, 3, 2, 112, 0, 1), (.same, 225, 3, 2, 113, 1, 1), (.same, 7, 1, 2, 4, 0, 0),
    (.valid, 230, 7, 2, 112, 0, 0), (.same, 8, 5, 1, 8, 2, 2),
  ])
  func paddingFollowsTensorFlow(
    padding: Padding, input: Int, window: Int, stride: Int, output: Int, before: Int, after: Int
  ) throws {
    let resolved = try padding.resolve(input: Size2D(input), window: Size2D(window), strides: Size2D(stride))
    #expect(resolved.output == Size2D(output))
    #expect(resolved.margins == Margins(top: before, bottom: after, left: before, right: after))
  }

  @Test func elementCountsDoNotOverflow() {
    #expect(elementCountOf([1 << 40, 1 << 40]) == nil)
    #expect(elementCountOf([2, -1]) == nil)
    #expect(elementCountOf([]) == 1)
  }
}
