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
        pixels[index] = blue - 103.939
        pixels[index + 1] = green - 116.779
        pixels[index + 2] = red - 123.68
      }
    case .torch:
      for index in stride(from: 0, to: pixels.count - 2, by: 3) {
        pixels[index] = (pixels[index] / 255 - 0.485) / 0.229
        pixels[index + 1] = (pixels[index + 1] / 255 - 0.456) / 0.224
        pixels[index + 2] = (pixels[index + 2] / 255 - 0.406) / 0.225
      }
    }
  }
}
