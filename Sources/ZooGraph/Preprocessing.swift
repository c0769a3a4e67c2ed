/// What a base expects its pixels to look like, by the names of Keras' `preprocess_input` modes.
public enum Preprocessing: String, Sendable, Codable, CaseIterable {
  /// RGB to BGR, minus the ImageNet mean of each channel.
  case caffe
  /// `x / 127.5 − 1`.
  case tf
  /// `x / 255`, minus the mean, over the standard deviation of each channel.
  case torch
  /// Raw 0…255: the network holds its own scaling.
  case none

  /// Applies itself in place to RGB pixels 0…255 (any number of height × width × 3).
  ///
  /// The order of operations is that of `keras/src/applications/imagenet_utils.py`.
  public func apply(to pixels: UnsafeMutableBufferPointer<Float>) {
    switch self {
    case .none: return
    case .tf:
      for index in pixels.indices { pixels[index] = pixels[index] / 127.5 - 1 }
    case .caffe:
      for index in stride(from: 0, to: pixels.count - 2, by: 3) {
        let (red, green, blue) = (pixels[index], pixels[index + 1], pixels[index + 2])
        pixels[index] = blue - Self.caffeMean[0]
        pixels[index + 1] = green - Self.caffeMean[1]
        pixels[index + 2] = red - Self.caffeMean[2]
      }
    case .torch:
      for index in stride(from: 0, to: pixels.count - 2, by: 3) {
        for channel in 0..<3 {
          let value = pixels[index + channel] / 255
          pixels[index + channel] = (value - Self.torchMean[channel]) / Self.torchDeviation[channel]
        }
      }
    }
  }

  /// Of blue, green, red.
  private static let caffeMean: [Float] = [103.939, 116.779, 123.68]
  /// Of red, green, blue, as are the deviations.
  private static let torchMean: [Float] = [0.485, 0.456, 0.406]
  private static let torchDeviation: [Float] = [0.229, 0.224, 0.225]

  /// The same as a layer, with its weights where it has some: a 1×1 convolution exchanges, scales and shifts
  /// channels. `nil` where there is nothing to do.
  public var layer: (layer: Layer, weights: [String: [Float]])? {
    let mixing = Layer.conv2D(Conv2D(filters: 3, kernelSize: Size2D(1)))
    switch self {
    case .none: return nil
    case .tf: return (.rescaling(Rescaling(scale: 1 / 127.5, offset: -1)), [:])
    case .caffe:
      return (mixing, ["kernel": [0, 0, 1, 0, 1, 0, 1, 0, 0], "bias": Self.caffeMean.map { -$0 }])
    case .torch:
      let scales = Self.torchDeviation.map { 1 / (255 * $0) }
      let shifts = zip(Self.torchMean, Self.torchDeviation).map { -$0 / $1 }
      return (mixing, ["kernel": [scales[0], 0, 0, 0, scales[1], 0, 0, 0, scales[2]], "bias": shifts])
    }
  }
}
