/// Pillow refuses larger pictures too (`DecompressionBombError`).
private let mostPixels = 178_956_970
/// libpng's own limit. Bounds the memory for the weights of a filter that spans a whole row.
private let longestSide = 1_000_000

/// Refuses a picture by the size that its header claims, before anything of that size is allocated.
package func checkSize(width: Int, height: Int) throws(DecodeFailure) {
  guard width > 0, height > 0 else {
    throw DecodeFailure("claims a size of \(width)×\(height) pixels")
  }
  guard max(width, height) <= longestSide else {
    throw DecodeFailure(
      "has \(width)×\(height) pixels, and more than \(longestSide) to a side", advice: "crop it first")
  }
  let (pixels, overflow) = width.multipliedReportingOverflow(by: height)
  guard !overflow, pixels <= mostPixels else {
    throw DecodeFailure(
      "has \(width)×\(height) pixels, more than the \(mostPixels) allowed", advice: "scale it down first")
  }
}
