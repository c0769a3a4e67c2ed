/// A number of a map, as kernels of our own read and write sixteen of them.
protocol MapNumber {
  /// The first `count` from `source` on, at most sixteen; zeros behind them.
  static func load(_ source: UnsafePointer<Self>, _ count: Int) -> SIMD16<Float>

  /// Writes the first `count`.
  static func store(_ values: SIMD16<Float>, to target: UnsafeMutablePointer<Self>, _ count: Int)
}

extension Float: MapNumber {
  @inline(__always)
  static func load(_ source: UnsafePointer<Float>, _ count: Int) -> SIMD16<Float> {
    if count == 16 { return UnsafeRawPointer(source).loadUnaligned(as: SIMD16<Float>.self) }
    var values = SIMD16<Float>()
    for index in 0..<count { values[index] = source[index] }
    return values
  }

  @inline(__always)
  static func store(_ values: SIMD16<Float>, to target: UnsafeMutablePointer<Float>, _ count: Int) {
    if count == 16 { return UnsafeMutableRawPointer(target).storeBytes(of: values, as: SIMD16<Float>.self) }
    for index in 0..<count { target[index] = values[index] }
  }
}

/// The upper half of a float32.
struct BFloat16: MapNumber {
  private var bits: UInt16

  @inline(__always)
  static func load(_ source: UnsafePointer<BFloat16>, _ count: Int) -> SIMD16<Float> {
    var bits = SIMD16<UInt16>()
    if count == 16 {
      bits = UnsafeRawPointer(source).loadUnaligned(as: SIMD16<UInt16>.self)
    } else {
      for index in 0..<count { bits[index] = source[index].bits }
    }
    return unsafeBitCast(SIMD16<UInt32>(truncatingIfNeeded: bits) &<< 16, to: SIMD16<Float>.self)
  }

  /// Rounded to the nearest, of two to the even one; NaN stays NaN.
  @inline(__always)
  static func store(_ values: SIMD16<Float>, to target: UnsafeMutablePointer<BFloat16>, _ count: Int) {
    let exact = unsafeBitCast(values, to: SIMD16<UInt32>.self)
    let rounded = (exact &+ 0x7FFF &+ ((exact &>> 16) & 1)) &>> 16
    let quiet = (exact &>> 16) | 0x40
    let isNumber = values .== values
    let bits = SIMD16<UInt16>(truncatingIfNeeded: quiet.replacing(with: rounded, where: isNumber))
    if count == 16 { return UnsafeMutableRawPointer(target).storeBytes(of: bits, as: SIMD16<UInt16>.self) }
    for index in 0..<count { target[index] = BFloat16(bits: bits[index]) }
  }
}
