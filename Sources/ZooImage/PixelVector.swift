/// The pixel at `index` of a row of three channels, and a fourth value that nobody uses. Rows have room for
/// it.
@inline(__always)
func pixel<Scalar: BitwiseCopyable>(_ row: UnsafePointer<Scalar>, _ index: Int) -> SIMD4<Scalar> {
  UnsafeRawPointer(row + 3 * index).loadUnaligned(as: SIMD4<Scalar>.self)
}

/// Writes a pixel of three channels; the fourth value is overwritten by the next pixel.
@inline(__always)
func store<Scalar: BitwiseCopyable>(
  _ value: SIMD4<Scalar>, _ row: UnsafeMutablePointer<Scalar>, _ index: Int
) {
  UnsafeMutableRawPointer(row + 3 * index).storeBytes(of: value, as: SIMD4<Scalar>.self)
}
