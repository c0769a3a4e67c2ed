import ZooGraph

/// Numbers as the model shall have them: where they come from, in which order, times what.
struct TensorView: Sendable, Hashable {
  enum Numbers: Sendable, Hashable {
    case weight(WeightName)
    case floats([Float])
    case integers([Int])
  }

  /// A factor for each channel.
  struct Scale: Sendable, Hashable {
    var factors: [Double]
    /// How many numbers of one channel lie one behind the other.
    var run: Int
  }

  var numbers: Numbers
  /// As they lie where they come from, row-major.
  var dimensions: [Int]
  /// The dimensions in the order in which they are written.
  var permutation: [Int]
  /// What the written dimensions are called: as many values.
  var shape: [Int]
  var scale: Scale?
  var type: ONNXType

  var count: Int { shape.reduce(1, *) }

  /// Numbers in their own order.
  init(_ numbers: Numbers, _ shape: [Int], _ type: ONNXType) {
    self.init(numbers, shape, permutation: Array(shape.indices), shape: shape, type)
  }

  init(
    _ numbers: Numbers, _ dimensions: [Int], permutation: [Int], shape: [Int]? = nil, scale: Scale? = nil,
    _ type: ONNXType
  ) {
    self.numbers = numbers
    self.dimensions = dimensions
    self.permutation = permutation
    self.shape = shape ?? permutation.map { dimensions[$0] }
    self.scale = scale
    self.type = type
  }

  /// How far apart neighbours along each of `dimensions` are written.
  var writtenStrides: [Int] {
    var strides = Array(repeating: 0, count: dimensions.count)
    var stride = 1
    for axis in permutation.reversed() {
      strides[axis] = stride
      stride *= dimensions[axis]
    }
    return strides
  }

  /// Whether they are written in the order in which they lie.
  var isInOrder: Bool {
    let moved = permutation.filter { dimensions[$0] > 1 }
    return moved == moved.sorted()
  }
}
