import CWinograd

/// Transforms the kernels of a convolution once: U = G g Gᵀ in double precision (Lavin and Gray, "Fast
/// Algorithms for Convolutional Neural Networks", 2015).
///
/// The points are 0, ±5/8, ±3/2 and infinity: half the error of the usual 0, ±1, ±2 and infinity at the same
/// cost, as Barabasz et al. found for others ("Error Analysis and Improving the Accuracy of Winograd
/// Convolution for Deep Neural Networks", 2020).
struct WinogradKernel {
  var channels: Int
  var filters: Int
  /// With what fills up the blocks, which becomes zeros.
  var paddedChannels: Int
  var paddedFilters: Int

  var count: Int { WinogradTiling.points * paddedChannels * paddedFilters }

  /// - Parameters:
  ///   - kernel: 3 × 3 × channels × filters.
  ///   - scale: a factor for each filter; none: 1.
  ///   - target: 36 × padded channels × padded filters.
  func transform(
    _ kernel: UnsafeBufferPointer<Float>, scale: [Double], into target: UnsafeMutableBufferPointer<Float>,
    threads: Int
  ) {
    guard let from = kernel.baseAddress, let to = target.baseAddress else { return }
    let scale = scale.isEmpty ? Array(repeating: 1, count: filters) : scale
    if count > WinogradTiling.points * channels * filters { target.update(repeating: 0) }
    scale.withUnsafeBufferPointer { scale in
      OpenMP.parallel(threads: threads) { share in
        for channel in share.range(of: channels) {
          for filter in 0..<filters {
            transform(
              from + channel * filters + filter, scale[filter], to + channel * paddedFilters + filter)
          }
        }
      }
    }
  }

  /// One channel of one filter.
  @inline(__always)
  private func transform(_ from: UnsafePointer<Float>, _ scale: Double, _ to: UnsafeMutablePointer<Float>) {
    let (distance, plane) = (channels * filters, paddedChannels * paddedFilters)
    func value(_ row: Int, _ column: Int) -> Double {
      Double(from[(3 * row + column) * distance]) * scale
    }
    let left = Self.points(value(0, 0), value(1, 0), value(2, 0))
    let middle = Self.points(value(0, 1), value(1, 1), value(2, 1))
    let right = Self.points(value(0, 2), value(1, 2), value(2, 2))
    func store(_ row: Int, _ x: Double, _ y: Double, _ z: Double) {
      let result = Self.points(x, y, z)
      let to = to + 6 * row * plane
      to[0] = Float(result.0)
      to[plane] = Float(result.1)
      to[2 * plane] = Float(result.2)
      to[3 * plane] = Float(result.3)
      to[4 * plane] = Float(result.4)
      to[5 * plane] = Float(result.5)
    }
    store(0, left.0, middle.0, right.0)
    store(1, left.1, middle.1, right.1)
    store(2, left.2, middle.2, right.2)
    store(3, left.3, middle.3, right.3)
    store(4, left.4, middle.4, right.4)
    store(5, left.5, middle.5, right.5)
  }

  /// The polynomial x + y·t + z·t² at the six points, each divided by the product of the point's distances to
  /// the other finite ones.
  @inline(__always)
  private static func points(
    _ x: Double, _ y: Double, _ z: Double
  ) -> (Double, Double, Double, Double, Double, Double) {
    let (near, far) = (ZOO_WINOGRAD_NEAR, ZOO_WINOGRAD_FAR)
    let (nearSquared, farSquared) = (near * near, far * far)
    let nearFactor = 1 / (2 * nearSquared * (nearSquared - farSquared))
    let farFactor = 1 / (2 * farSquared * (farSquared - nearSquared))
    let (nearEven, nearOdd) = ((x + nearSquared * z) * nearFactor, near * y * nearFactor)
    let (farEven, farOdd) = ((x + farSquared * z) * farFactor, far * y * farFactor)
    return (
      x / (nearSquared * farSquared), nearEven + nearOdd, nearEven - nearOdd, farEven + farOdd,
      farEven - farOdd, z
    )
  }
}
