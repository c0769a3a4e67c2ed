import Testing
import ZooGraph

@Suite struct PreprocessingTests {
  private let pixels: [Float] = [0, 128, 255, 17, 3, 200]

  private func applied(_ preprocessing: Preprocessing) -> [Float] {
    var pixels = pixels
    pixels.withUnsafeMutableBufferPointer { preprocessing.apply(to: $0) }
    return pixels
  }

  @Test(arguments: [Preprocessing.caffe, .torch])
  func theConvolutionGivesTheSame(_ preprocessing: Preprocessing) throws {
    let (layer, weights) = try #require(preprocessing.layer)
    let specs = layer.kind.weights(for: [.map(2, 1, 3)])
    #expect(specs.map { weights[$0.name]?.count } == specs.map(\.elementCount))
    let (kernel, bias) = (try #require(weights["kernel"]), try #require(weights["bias"]))
    for (index, expected) in applied(preprocessing).enumerated() {
      let (pixel, channel) = (index / 3 * 3, index % 3)
      let value = (0..<3).reduce(bias[channel]) { $0 + pixels[pixel + $1] * kernel[$1 * 3 + channel] }
      #expect(abs(value - expected) <= 1e-6 * max(1, abs(expected)))
    }
  }

  @Test func theRescalingGivesTheSame() throws {
    guard case .rescaling(let layer)? = Preprocessing.tf.layer?.layer else {
      Issue.record("no rescaling")
      return
    }
    for (pixel, expected) in zip(pixels, applied(.tf)) {
      #expect(abs(pixel * Float(layer.scale) + Float(layer.offset) - expected) <= 1e-6)
    }
  }

  @Test func nothingIsNoLayer() {
    #expect(Preprocessing.none.layer == nil)
  }
}
