import Glibc
import ZooSystem

/// Random changes to a picture, as Keras' preprocessing layers make them (`keras/src/layers/preprocessing/
/// image_preprocessing`): written `flip,rotation:0.1,zoom:0.2`.
public struct Augmentation: Sendable, Equatable, Codable, CustomStringConvertible {
  /// One kind of change.
  public enum Step: Sendable, Equatable, Codable {
    /// Mirrored left to right for one half of the pictures.
    case flip
    /// Upside down for one half of the pictures.
    case verticalFlip
    /// By up to this share of a full turn, either way.
    case rotation(Double)
    /// Out or in by up to this share, width and height alike.
    case zoom(Double)
    /// By up to this share of the height and of the width, either way.
    case translation(Double)
    /// The distance from each channel's mean times 1 ± up to this.
    case contrast(Double)
    /// Up to this share of 255 more or less.
    case brightness(Double)
  }

  /// In the order they are made.
  public let steps: [Step]
  /// As it was written.
  public let description: String

  /// Reads steps separated by commas: `flip`, `vertical-flip`, `rotation:FACTOR`, `zoom:FACTOR`,
  /// `translation:FACTOR`, `contrast:FACTOR`, `brightness:FACTOR`.
  ///
  /// - Throws: `AugmentationError` that quotes the step at fault.
  public init(_ text: String) throws(AugmentationError) {
    var steps: [Step] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      steps.append(try Step(part.filter { $0 != " " }))
    }
    self.steps = steps
    description = text
  }

  /// Changes a picture in place: height × width × channels floats, 0…255. The same generator gives the same change.
  public func apply(
    to pixels: UnsafeMutableBufferPointer<Float>, height: Int, width: Int, _ random: SplitMix64
  ) {
    let channels = pixels.count / (height * width)
    precondition(pixels.count == height * width * channels, "a picture of another size")
    for (number, step) in steps.enumerated() {
      var random = random.mixed(UInt64(number))
      switch step {
      case .flip:
        if random.share() < 0.5 { mirror(pixels, height, width, channels) }
      case .verticalFlip:
        if random.share() < 0.5 { turnOver(pixels, height, width * channels) }
      case .contrast(let factor):
        scaleContrast(pixels, channels, by: 1 + Float(random.between(-factor, factor)))
      case .brightness(let factor): brighten(pixels, by: 255 * Float(random.between(-factor, factor)))
      case .rotation(let factor):
        let angle = random.between(-factor, factor) * 2 * .pi
        move(pixels, height, width, channels, .rotation(angle, height, width))
      case .zoom(let factor):
        let scale = 1 + random.between(-factor, factor)
        move(pixels, height, width, channels, .zoom(scale, height, width))
      case .translation(let factor):
        let down = random.between(-factor, factor) * Double(height)
        let right = random.between(-factor, factor) * Double(width)
        move(pixels, height, width, channels, Affine(row: (1, 0, -down), column: (0, 1, -right)))
      }
    }
  }
}

/// Why something is no augmentation.
public struct AugmentationError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What cannot be read, and what can.
  public let description: String
}

extension Augmentation.Step {
  fileprivate init(_ text: String) throws(AugmentationError) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    switch parts[0] {
    case "flip" where parts.count == 1: self = .flip
    case "vertical-flip" where parts.count == 1: self = .verticalFlip
    case "rotation", "zoom", "translation", "contrast", "brightness":
      guard parts.count == 2, let factor = Double(parts[1]), factor > 0, factor < 1 else {
        throw AugmentationError(
          description: "'\(text)' needs a factor above 0 and below 1, as in '\(parts[0]):0.1'")
      }
      self =
        switch parts[0] {
        case "rotation": .rotation(factor)
        case "zoom": .zoom(factor)
        case "translation": .translation(factor)
        case "contrast": .contrast(factor)
        default: .brightness(factor)
        }
    default:
      throw AugmentationError(
        description:
          "'\(text)' is no augmentation; there are flip, vertical-flip, rotation:FACTOR, zoom:FACTOR, "
          + "translation:FACTOR, contrast:FACTOR, brightness:FACTOR")
    }
  }
}

/// Where each pixel of the result comes from.
private struct Affine {
  /// The source's row is `row.0 · y + row.1 · x + row.2`.
  var row: (Double, Double, Double)
  var column: (Double, Double, Double)

  init(row: (Double, Double, Double), column: (Double, Double, Double)) {
    self.row = row
    // Written as factors of y, of x, and what is added.
    self.column = column
  }

  /// Around the centre.
  static func rotation(_ angle: Double, _ height: Int, _ width: Int) -> Affine {
    let (y, x) = (Double(height - 1) / 2, Double(width - 1) / 2)
    let (sine, cosine) = (sin(angle), cos(angle))
    return Affine(
      row: (cosine, -sine, y - cosine * y + sine * x), column: (sine, cosine, x - sine * y - cosine * x))
  }

  /// Around the centre; a scale above 1 shows more of what is around.
  static func zoom(_ scale: Double, _ height: Int, _ width: Int) -> Affine {
    let (y, x) = (Double(height - 1) / 2, Double(width - 1) / 2)
    return Affine(row: (scale, 0, y - scale * y), column: (0, scale, x - scale * x))
  }
}

/// Fills the picture from where `source` says, between the four nearest pixels; beyond the edges it is mirrored
/// (Keras' `fill_mode="reflect"`).
private func move(
  _ pixels: UnsafeMutableBufferPointer<Float>, _ height: Int, _ width: Int, _ channels: Int, _ source: Affine
) {
  let old = Array(pixels)
  for y in 0..<height {
    for x in 0..<width {
      let row = source.row.0 * Double(y) + source.row.1 * Double(x) + source.row.2
      let column = source.column.0 * Double(y) + source.column.1 * Double(x) + source.column.2
      let (top, left) = (row.rounded(.down), column.rounded(.down))
      let (down, right) = (Float(row - top), Float(column - left))
      let (y0, y1) = (reflected(top, height), reflected(top + 1, height))
      let (x0, x1) = (reflected(left, width), reflected(left + 1, width))
      for channel in 0..<channels {
        func at(_ y: Int, _ x: Int) -> Float { old[(y * width + x) * channels + channel] }
        let above = at(y0, x0) + (at(y0, x1) - at(y0, x0)) * right
        let below = at(y1, x0) + (at(y1, x1) - at(y1, x0)) * right
        pixels[(y * width + x) * channels + channel] = above + (below - above) * down
      }
    }
  }
}

/// `d c b a | a b c d | d c b a`.
private func reflected(_ position: Double, _ size: Int) -> Int {
  let period = Double(2 * size)
  let inside = position - (position / period).rounded(.down) * period
  let index = min(max(Int(inside), 0), 2 * size - 1)
  return index < size ? index : 2 * size - 1 - index
}

private func mirror(
  _ pixels: UnsafeMutableBufferPointer<Float>, _ height: Int, _ width: Int, _ channels: Int
) {
  for y in 0..<height {
    for x in 0..<width / 2 {
      for channel in 0..<channels {
        pixels.swapAt((y * width + x) * channels + channel, (y * width + width - 1 - x) * channels + channel)
      }
    }
  }
}

private func turnOver(_ pixels: UnsafeMutableBufferPointer<Float>, _ height: Int, _ row: Int) {
  for y in 0..<height / 2 {
    for place in 0..<row { pixels.swapAt(y * row + place, (height - 1 - y) * row + place) }
  }
}

private func scaleContrast(
  _ pixels: UnsafeMutableBufferPointer<Float>, _ channels: Int, by factor: Float
) {
  for channel in 0..<channels {
    var sum = 0.0
    for index in stride(from: channel, to: pixels.count, by: channels) { sum += Double(pixels[index]) }
    let mean = Float(sum / Double(pixels.count / channels))
    for index in stride(from: channel, to: pixels.count, by: channels) {
      pixels[index] = min(max((pixels[index] - mean) * factor + mean, 0), 255)
    }
  }
}

private func brighten(_ pixels: UnsafeMutableBufferPointer<Float>, by delta: Float) {
  for index in pixels.indices { pixels[index] = min(max(pixels[index] + delta, 0), 255) }
}
