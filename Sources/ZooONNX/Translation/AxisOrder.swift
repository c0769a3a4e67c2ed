import ZooGraph

/// The order of a value's axes in ONNX, behind the batch: numbers of its axes in Keras' order.
///
/// Axes of one step can be anywhere, as they change nothing about the order of the numbers.
enum AxisOrder {
  /// As in Keras.
  static func natural(_ rank: Int) -> [Int] { Array(0..<rank) }

  /// Channels × height × width of a map; all else as in Keras.
  static func channelsFirst(_ rank: Int) -> [Int] { rank == 3 ? [2, 0, 1] : natural(rank) }

  /// The axes of more than one step, in the order in which they lie.
  static func moving(_ order: [Int], _ shape: Shape) -> [Int] { order.filter { shape.dimensions[$0] > 1 } }

  /// All axes of `shape`, of which those of more than one step lie as in `moving`.
  static func placing(_ moving: [Int], _ shape: Shape) -> [Int] {
    for candidate in [channelsFirst(shape.rank), natural(shape.rank)]
    where self.moving(candidate, shape) == moving { return candidate }
    return natural(shape.rank).filter { !moving.contains($0) } + moving
  }

  /// How `source`, whose axes lie in `order`, lies as `target` without a number being moved; `nil` where that
  /// cannot be.
  ///
  /// Both shapes fall into the same stretches of values. The axes of a stretch must lie side by side.
  static func reshaping(_ source: Shape, _ order: [Int], to target: Shape) -> [Int]? {
    let stretches = stretches(source.dimensions, target.dimensions)
    var rest = moving(order, source)[...]
    var result: [Int] = []
    while let first = rest.first {
      guard let stretch = stretches.first(where: { $0.source.contains(first) }) else { return nil }
      let axes = stretch.source.filter { source.dimensions[$0] > 1 }
      guard Array(rest.prefix(axes.count)) == axes else { return nil }
      result += stretch.target.filter { target.dimensions[$0] > 1 }
      rest = rest.dropFirst(axes.count)
    }
    return placing(result, target)
  }

  /// Positions of `dimensions` in the order in which they lie in Keras, of which those of more than one step are given.
  /// Of a map the channels lie last, where that changes nothing.
  static func lying(_ positions: [Int], _ dimensions: [Int]) -> [Int] {
    func moving(_ positions: [Int]) -> [Int] { positions.filter { dimensions[$0] > 1 } }
    let candidate = dimensions.count == 3 ? [1, 2, 0] : natural(dimensions.count)
    return moving(candidate) == moving(positions) ? candidate : positions
  }

  /// The axes of both that hold the same values, in the least number of axes each.
  static func stretches(
    _ source: [Int], _ target: [Int]
  ) -> [(source: Range<Int>, target: Range<Int>)] {
    var stretches: [(source: Range<Int>, target: Range<Int>)] = []
    var (left, right) = (0, 0)
    while left < source.count || right < target.count {
      let start = (left, right)
      var (here, there) = (1, 1)
      if left < source.count {
        here = source[left]
        left += 1
      }
      if right < target.count {
        there = target[right]
        right += 1
      }
      while here != there {
        if here < there, left < source.count {
          here *= source[left]
          left += 1
        } else if right < target.count {
          there *= target[right]
          right += 1
        } else {
          break
        }
      }
      stretches.append((start.0..<left, start.1..<right))
    }
    return stretches
  }
}

extension ONNXOptions.Layout {
  /// How the axes of inputs and outputs lie.
  func order(_ rank: Int) -> [Int] {
    switch self {
    case .nchw: AxisOrder.channelsFirst(rank)
    case .nhwc: AxisOrder.natural(rank)
    }
  }
}
