import ZooGraph

/// A per-channel `x · scale + shift` of pixels whose channels may change places.
struct PixelTransform: Sendable, Equatable {
  /// For each channel of the result, the channel of the pixels it is made of; empty: all stay where they are.
  var order: [Int] = []
  /// Per channel of the result; empty: 1.
  var scale: [Double] = []
  /// Per channel of the result; empty: 0.
  var shift: [Double] = []

  static let identity = PixelTransform()

  var isIdentity: Bool { self == .identity }

  /// What `Preprocessing.apply(to:)` computes.
  init(_ preprocessing: Preprocessing) {
    switch preprocessing {
    case .none: return
    case .tf:
      order = [0, 1, 2]
      scale = Array(repeating: 1 / 127.5, count: 3)
      shift = [-1, -1, -1]
    case .caffe:
      order = [2, 1, 0]
      scale = [1, 1, 1]
      shift = [-103.939, -116.779, -123.68]
    case .torch:
      order = [0, 1, 2]
      let deviation = [0.229, 0.224, 0.225]
      scale = deviation.map { 1 / (255 * $0) }
      shift = zip([0.485, 0.456, 0.406], deviation).map { -$0 / $1 }
    }
  }

  init() {}

  /// This transform, then `x · scale + shift` on all of `channels` channels.
  func followed(byScale scale: Double, shift: Double, channels: Int) -> PixelTransform {
    var result = self
    if isIdentity {
      result.order = Array(0..<channels)
      result.scale = Array(repeating: 1, count: channels)
      result.shift = Array(repeating: 0, count: channels)
    }
    result.scale = result.scale.map { $0 * scale }
    result.shift = result.shift.map { $0 * scale + shift }
    return result
  }
}
