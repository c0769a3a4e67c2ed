/// A map of values laid over a picture: the higher, the brighter and the more opaque.
public struct HeatMap: Sendable, Equatable {
  /// Columns.
  public let width: Int
  /// Rows.
  public let height: Int
  /// RGB, height × width × 3.
  public let pixels: [UInt8]

  /// How much of the picture the highest value hides.
  private static let opacity = 0.7

  /// From dark violet by red and orange to yellow, in even steps of lightness.
  private static let colours: [[Double]] = [
    [20, 11, 52], [89, 16, 110], [159, 42, 99], [212, 72, 66], [245, 125, 21], [250, 193, 39],
    [252, 255, 164],
  ]

  /// - Parameters:
  ///   - values: height × width of the map, none negative; the highest is the brightest. Between its points they are
  ///     interpolated, half a pixel from its edges as the resizing of pictures does.
  ///   - picture: 0…255, height × width × channels, of which there are 1, 3 or 4.
  ///   - side: the longest side of the result, if the picture is larger.
  public init(
    _ values: [Float], height rows: Int, width columns: Int, over picture: [Float], height: Int, width: Int,
    channels: Int, side: Int = .max
  ) {
    precondition(values.count == rows * columns && picture.count == height * width * channels && channels > 0)
    let scale = min(1, Double(side) / Double(max(height, width)))
    self.height = max(1, Int((Double(height) * scale).rounded()))
    self.width = max(1, Int((Double(width) * scale).rounded()))
    let highest = Double(values.max() ?? 0)
    var pixels: [UInt8] = []
    pixels.reserveCapacity(self.height * self.width * 3)
    for y in 0..<self.height {
      for x in 0..<self.width {
        let (down, across) = (
          (Double(y) + 0.5) / Double(self.height), (Double(x) + 0.5) / Double(self.width)
        )
        let value = highest > 0 ? Self.value(values, rows, columns, down, across) / highest : 0
        let start = (Int(down * Double(height)) * width + Int(across * Double(width))) * channels
        let colour = Self.colour(value)
        // Low values leave the picture as it is.
        let share = Self.opacity * min(1, 2 * value)
        for (channel, part) in colour.enumerated() {
          let own = Double(picture[start + (channels >= 3 ? channel : 0)])
          pixels.append(UInt8(clamping: Int((own * (1 - share) + part * share).rounded())))
        }
      }
    }
    self.pixels = pixels
  }

  /// - Parameters:
  ///   - down: from 0 at the upper edge to 1 at the lower one.
  ///   - across: from 0 at the left edge to 1 at the right one.
  private static func value(
    _ values: [Float], _ rows: Int, _ columns: Int, _ down: Double, _ across: Double
  ) -> Double {
    func place(_ share: Double, _ count: Int) -> (low: Int, high: Int, rest: Double) {
      let place = min(Double(count - 1), max(0, share * Double(count) - 0.5))
      return (Int(place), min(count - 1, Int(place) + 1), place - Double(Int(place)))
    }
    let (y, x) = (place(down, rows), place(across, columns))
    func row(_ number: Int) -> Double {
      let (left, right) = (values[number * columns + x.low], values[number * columns + x.high])
      return Double(left) * (1 - x.rest) + Double(right) * x.rest
    }
    return row(y.low) * (1 - y.rest) + row(y.high) * y.rest
  }

  private static func colour(_ value: Double) -> [Double] {
    let place = value * Double(colours.count - 1)
    let (low, high) = (Int(place), min(colours.count - 1, Int(place) + 1))
    let rest = place - Double(low)
    return zip(colours[low], colours[high]).map { $0 * (1 - rest) + $1 * rest }
  }
}
