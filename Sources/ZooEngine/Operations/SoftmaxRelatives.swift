import Glibc
import ZooGraph

/// `x − log(Σ exp(x))` over the channels.
struct LogSoftmaxOperation: PlainOperation {
  private let extent: Extent

  init(_ extent: Extent) { self.extent = extent }

  func emit<Builder: StepBuilder>(_ sources: [Location], to target: Location, in builder: inout Builder) {
    builder.step(
      RowKernel(name: "swift:log softmax", extent, builder.batch) { count, rows in
        let (source, target) = (rows[0], rows[1])
        var largest = source[0]
        for index in 1..<max(count, 1) { largest = max(largest, source[index]) }
        var sum: Float = 0
        for index in 0..<count { sum += expf(source[index] - largest) }
        let shift = largest + logf(sum)
        for index in 0..<count { target[index] = source[index] - shift }
      }, [sources[0], target])
  }

  func emitGradient<Builder: StepBuilder>(
    of input: Int, _ gradient: Location, _ sources: [Location], _ result: Location, to target: Location,
    in builder: inout Builder
  ) {
    builder.step(
      RowKernel(name: "swift:log softmax gradient", extent, builder.batch) { count, rows in
        var sum: Float = 0
        for index in 0..<count { sum += rows[0][index] }
        for index in 0..<count { rows[2][index] = rows[0][index] - expf(rows[1][index]) * sum }
      }, [gradient, result, target])
  }
}

/// `max(x − threshold, 0)` over the channels, with the threshold of `sparsemax` in `keras/src/backend/tensorflow/nn.py`.
///
/// It is not that of Martins and Astudillo (2016): Keras adds up the sums of the largest values, where the paper takes the
/// last one. Models were trained with Keras'.
struct SparsemaxOperation: PlainOperation {
  private let extent: Extent

  init(_ extent: Extent) { self.extent = extent }

  func emit<Builder: StepBuilder>(_ sources: [Location], to target: Location, in builder: inout Builder) {
    builder.step(
      RowKernel(name: "swift:sparsemax", extent, builder.batch) { count, rows in
        let threshold = Support(of: rows[0], count).threshold
        for index in 0..<count { rows[1][index] = max(rows[0][index] - threshold, 0) }
      }, [sources[0], target])
  }

  /// The threshold moves with each of the largest values, the more the larger it is.
  func emitGradient<Builder: StepBuilder>(
    of input: Int, _ gradient: Location, _ sources: [Location], _ result: Location, to target: Location,
    in builder: inout Builder
  ) {
    builder.step(
      RowKernel(name: "swift:sparsemax gradient", extent, builder.batch) { count, rows in
        let (gradient, source, result, target) = (rows[0], rows[1], rows[2], rows[3])
        var sum: Float = 0
        for index in 0..<count {
          target[index] = result[index] > 0 ? gradient[index] : 0
          sum += target[index]
        }
        let largest = Support(of: source, count).indices
        for (rank, index) in largest.enumerated() {
          target[index] -= sum * Float(largest.count - rank) / Float(largest.count)
        }
      }, [gradient, sources[0], result, target])
  }

  /// The largest values of a row that count, in falling order, and the threshold that they give.
  private struct Support {
    var indices: [Int] = []
    var threshold: Float = 0

    init(of values: UnsafeMutablePointer<Float>, _ count: Int) {
      var (sum, sums): (Float, Float) = (0, 0)
      for (rank, index) in (0..<count).sorted(by: { values[$0] > values[$1] }).enumerated() {
        sum += values[index]
        guard values[index] - (sum - 1) / Float(rank + 1) > 0 else { continue }
        indices.append(index)
        sums += sum
      }
      threshold = (sums - 1) / Float(indices.count)
    }
  }
}

/// Something done to the channels of each pixel by itself.
private struct RowKernel: HostKernel {
  let name: String
  private let extent: Extent
  private let batch: Int
  private let body: @Sendable (Int, [UnsafeMutablePointer<Float>]) -> Void

  init(
    name: String, _ extent: Extent, _ batch: Int,
    _ body: @escaping @Sendable (Int, [UnsafeMutablePointer<Float>]) -> Void
  ) {
    self.name = name
    self.extent = extent
    self.batch = batch
    self.body = body
  }

  func run(_ addresses: UnsafeBufferPointer<UnsafeMutableRawPointer>, _ share: Share) {
    for row in share.range(of: batch * extent.height * extent.width) {
      body(extent.channels, addresses.map { $0.floats(from: row * extent.channels) })
    }
  }
}
