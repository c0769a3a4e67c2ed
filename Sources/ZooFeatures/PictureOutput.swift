import ZooFile
import ZooGraph
import ZooImage
import ZooSystem

/// A network's output that is a picture: of a denoiser, an enlarger, a segmentation.
public struct PictureOutput: Sendable {
  /// Height × width × channels.
  public let shape: Shape
  private let levels: Levels

  /// How values become levels from 0 to 255.
  private enum Levels: Sendable {
    /// `x · scale + shift`.
    case scaled(Double, Double)
    /// The number of the channel with the highest value.
    case classes
  }

  /// - Throws: `FileError` for an output that no picture can show.
  public init(of file: ZooFile, _ output: ResolvedGraph.Entry) throws(FileError) {
    shape = output.shape
    let function = (output.node.layer.kind as? any ActivatedLayer)?.activation ?? .linear
    let isClasses = function == .softmax || output.node.layer.kind is Softmax
    guard shape.rank == 3, isClasses ? shape.channels <= 256 : [1, 3, 4].contains(shape.channels) else {
      throw FileError(
        file.path, "its output '\(output.node.name)' of \(shape) is no picture",
        advice: "'zoo extract --layer \(output.node.name) --pooling none' gives the values")
    }
    levels = isClasses ? .classes : Self.levels(function, file.model.preprocessing)
  }

  /// A network answers in the range of its last function, else in that of its input.
  private static func levels(_ function: ActivationFunction, _ preprocessing: Preprocessing) -> Levels {
    switch function {
    case .sigmoid, .hardSigmoid: return .scaled(255, 0)
    case .tanh, .hardTanh: return .scaled(127.5, 127.5)
    default:
      let first = preprocessing.perChannel(1)[0]
      return preprocessing.isUniform ? .scaled(1 / first.scale, -first.shift / first.scale) : .scaled(1, 0)
    }
  }

  /// For people: what the levels mean.
  public var meaning: String {
    switch levels {
    case .classes: "levels are numbers of classes"
    case .scaled(1, 0): "values are levels"
    case .scaled(let scale, let shift):
      "levels are values times \(scale)" + (shift == 0 ? "" : " plus \(shift)")
    }
  }

  /// Writes one picture's output as PNG.
  ///
  /// - Throws: `FileError` when it cannot be written.
  public func write(_ values: UnsafeBufferPointer<Float>, to path: String) throws(FileError) {
    switch levels {
    case .scaled(let scale, let shift):
      let pixels = values.map {
        UInt8(clamping: Int((Double($0.isFinite ? $0 : 0) * scale + shift).rounded()))
      }
      try PNGWriter.write(
        pixels, width: shape.width, height: shape.height, channels: shape.channels, to: path)
    case .classes:
      let pixels = stride(from: 0, to: values.count, by: shape.channels).map { start in
        UInt8((0..<shape.channels).max { values[start + $0] < values[start + $1] } ?? 0)
      }
      try PNGWriter.write(pixels, width: shape.width, height: shape.height, channels: 1, to: path)
    }
  }
}
