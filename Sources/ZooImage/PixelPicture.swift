import ZooDecoding
import ZooSystem

/// A picture that has been decoded: 8-bit levels, row after row from the top, the channels of a pixel side by side
/// (height × width × channels).
///
/// Of an RGB picture gray is made as Pillow's `convert("L")` does it; opacity is dropped unless a network takes it.
public struct PixelPicture: Sendable, Equatable {
  /// What results and errors call it.
  public let name: String
  /// `height * width * channels` levels from 0 to 255.
  public let levels: [UInt8]
  /// Pixels in a row.
  public let width: Int
  /// Rows.
  public let height: Int
  /// 1 of gray, 3 of RGB, 4 of RGB with opacity.
  public let channels: Int

  /// - Throws: `FileError` that calls the picture by its name, for a number of channels that pictures do not have, a
  ///   size that is not read here, and levels that do not fill it.
  public init(
    _ levels: [UInt8], width: Int, height: Int, channels: Int = 3, name: String = "picture"
  ) throws(FileError) {
    guard ColorMode(channels: channels) != nil else {
      throw FileError(
        name, "expected 1, 3 or 4 channels, found \(channels)", advice: "give gray, RGB or RGBA levels")
    }
    do throws(DecodeFailure) { try checkSize(width: width, height: height) } catch {
      throw FileError(name, error)
    }
    guard levels.count == width * height * channels else {
      throw FileError(
        name,
        "expected \(width * height * channels) levels for \(width)×\(height) pixels of \(channels), found "
          + "\(levels.count)",
        advice: "give width, height and channels as they lie in memory, without gaps between rows")
    }
    self.name = name
    self.levels = levels
    self.width = width
    self.height = height
    self.channels = channels
  }

  /// Its colours, as those of a file.
  func colours(_ color: ColorMode) -> any RowSource {
    let rows = PixelRows(self, part: .colour)
    return color == .grayscale ? GrayRows(rows) : rows
  }

  /// Its opacity; `nil` where it has none.
  var alpha: (any RowSource)? { channels == 4 ? PixelRows(self, part: .alpha) : nil }
}

/// Hands out the rows of a picture in memory.
private final class PixelRows: RowSource {
  enum Part { case colour, alpha }

  private let picture: PixelPicture
  private let part: Part
  private var nextRow = 0

  init(_ picture: PixelPicture, part: Part) {
    self.picture = picture
    self.part = part
  }

  var width: Int { picture.width }
  var height: Int { picture.height }

  func readRow(into row: UnsafeMutablePointer<UInt8>) {
    let (channels, start) = (picture.channels, nextRow * width * picture.channels)
    nextRow += 1
    picture.levels.withUnsafeBufferPointer { levels in
      for pixel in 0..<width {
        let place = start + pixel * channels
        switch part {
        case .alpha: setLevel(row, pixel, levels[place + 3])
        case .colour where channels == 1: setLevel(row, pixel, levels[place])
        case .colour: for channel in 0..<3 { row[3 * pixel + channel] = levels[place + channel] }
        }
      }
    }
  }
}
