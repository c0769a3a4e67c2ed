import ZooImage
import ZooSystem

/// What a picture looks like, in 256 bits: whether each of 16 × 16 grey cells is darker than its right neighbour
/// (a difference hash, after Krawetz). It survives scaling, recompression and small changes of colour.
struct Fingerprint: Equatable {
  /// Unrelated photographs differ in about half of the bits.
  static let nearness = 20
  /// A picture of one colour has hardly any differences, and is like every other such.
  static let fewestDifferences = 24

  private var words: [UInt64] = [0, 0, 0, 0]
  let isTelling: Bool
  /// Whether all of it is of one colour, but for what compression makes of that.
  let isPlain: Bool

  /// - Parameter exif: whether it is turned by its EXIF orientation before.
  /// - Throws: `FileError` when the picture cannot be read.
  init(path: String, exif: Bool = false) throws(FileError) {
    let loader = ImageLoader(height: 16, width: 17, resize: .lanczos, exif: exif)
    let pixels: [Float] = try loader.load(path)
    isPlain = (0..<3).allSatisfy { channel in
      let levels = stride(from: channel, to: pixels.count, by: 3).map { pixels[$0] }
      return (levels.max() ?? 0) - (levels.min() ?? 0) <= 2
    }
    var telling = 0
    for row in 0..<16 {
      for column in 0..<16 {
        let left = Self.grey(pixels, row * 17 + column)
        let right = Self.grey(pixels, row * 17 + column + 1)
        if abs(left - right) > 2 { telling += 1 }
        if left < right { words[row / 4] |= 1 << UInt64(row % 4 * 16 + column) }
      }
    }
    isTelling = telling >= Self.fewestDifferences
  }

  func distance(to other: Fingerprint) -> Int {
    zip(words, other.words).reduce(0) { $0 + ($1.0 ^ $1.1).nonzeroBitCount }
  }

  /// Rec. 601, as Pillow's `convert("L")`.
  private static func grey(_ pixels: [Float], _ index: Int) -> Float {
    0.299 * pixels[index * 3] + 0.587 * pixels[index * 3 + 1] + 0.114 * pixels[index * 3 + 2]
  }
}
