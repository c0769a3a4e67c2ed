import ZooDecoding
import ZooGraph
import ZooSystem

/// Which channels a picture is read with, by the names of Keras' `color_mode`.
public enum ColorMode: String, Sendable, CaseIterable {
  /// One channel.
  case grayscale
  /// Three channels; opacity is dropped.
  case rgb
  /// Three channels and opacity.
  case rgba

  /// Values of a pixel.
  public var channels: Int {
    switch self {
    case .grayscale: 1
    case .rgb: 3
    case .rgba: 4
    }
  }

  /// `nil` for a number of channels that pictures are not read with.
  public init?(channels: Int) {
    guard let mode = Self.allCases.first(where: { $0.channels == channels }) else { return nil }
    self = mode
  }

  /// How pictures are read for a network's input.
  ///
  /// - Throws: `FileError` about `path` where no picture can fill it.
  public init(for input: Shape, of path: String) throws(FileError) {
    guard let picture = input.picture, let mode = ColorMode(channels: picture.channels) else {
      throw FileError(
        path, "takes \(input), which no picture can fill: those have \(Self.listed) channels",
        advice: "give an array as .npy where the verb takes one")
    }
    self = mode
  }

  private static let listed = "1, 3 or 4"
}

/// A colour picture in gray as Pillow's `convert("L")` makes it (ITU-R 601-2, rounded): each row's levels three times,
/// so that it is resized as any other.
final class GrayRows: RowSource {
  private let source: any RowSource

  init(_ source: any RowSource) { self.source = source }

  var width: Int { source.width }
  var height: Int { source.height }
  var hasMore: Bool { source.hasMore }

  func readRow(into row: UnsafeMutablePointer<UInt8>) throws(DecodeFailure) {
    try source.readRow(into: row)
    for pixel in 0..<width {
      let place = row + 3 * pixel
      let sum = UInt32(place[0]) * 19_595 + UInt32(place[1]) * 38_470 + UInt32(place[2]) * 7_471 + 0x8000
      let level = UInt8(truncatingIfNeeded: sum >> 16)
      for channel in 0..<3 { place[channel] = level }
    }
  }

  func finish() throws(DecodeFailure) { try source.finish() }
}

/// One level for each of `width` pixels becomes three, from the last one on.
func spreadLevels(_ row: UnsafeMutablePointer<UInt8>, _ width: Int) {
  for pixel in (0..<width).reversed() { setLevel(row, pixel, row[pixel]) }
}

@inline(__always)
func setLevel(_ row: UnsafeMutablePointer<UInt8>, _ pixel: Int, _ level: UInt8) {
  for channel in 0..<3 { row[3 * pixel + channel] = level }
}
