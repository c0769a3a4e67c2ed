import ZooGraph

/// A walk over the steps of some axes that lie differently in several tensors.
struct StridedLoop: Sendable {
  /// Steps, and how far apart they are in each tensor.
  private(set) var counts: [Int] = []
  private(set) var strides: [[Int]] = []
  let tensors: Int

  /// - Parameter axes: the axes of each tensor, the same steps in all of them.
  init(_ axes: [[Axis]]) {
    tensors = axes.count
    for index in axes[0].indices where axes[0][index].count != 1 {
      append(axes[0][index].count, axes.map { $0[index].stride })
    }
    if counts.isEmpty { append(1, axes.map { _ in 1 }) }
  }

  /// Adds an axis within the ones before, as one with the last where they lie one behind the other everywhere.
  private mutating func append(_ count: Int, _ steps: [Int]) {
    if let last = strides.last, zip(last, steps).allSatisfy({ $0 == $1 * count }) {
      counts[counts.count - 1] *= count
      strides[strides.count - 1] = steps
    } else {
      counts.append(count)
      strides.append(steps)
    }
  }

  /// How many runs along the last axis there are.
  var runs: Int { counts.dropLast().reduce(1, *) }
  /// The steps of each.
  var length: Int { counts[counts.count - 1] }
  /// How far apart they are in each tensor.
  var steps: [Int] { strides[strides.count - 1] }

  /// Calls `body` with where each run begins in each tensor.
  @inline(__always)
  func forEach(_ range: Range<Int>, _ body: (UnsafePointer<Int>) -> Void) {
    withUnsafeTemporaryAllocation(of: Int.self, capacity: tensors) { offsets in
      guard let start = offsets.baseAddress else { return }
      for run in range {
        var rest = run
        for tensor in 0..<tensors { offsets[tensor] = 0 }
        for axis in stride(from: counts.count - 2, through: 0, by: -1) {
          let step = rest % counts[axis]
          rest /= counts[axis]
          for tensor in 0..<tensors { offsets[tensor] += step * strides[axis][tensor] }
        }
        body(start)
      }
    }
  }
}

extension UnsafeMutableRawPointer {
  /// As float32 values, from `offset` on.
  @inline(__always)
  func floats(from offset: Int = 0) -> UnsafeMutablePointer<Float> {
    assumingMemoryBound(to: Float.self) + offset
  }
}
