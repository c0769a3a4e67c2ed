import FoundationEssentials
import Testing
import ZooGraph

@Suite struct PreprocessingTests {
  private let pixels: [Float] = [0, 128, 255, 17, 3, 200]

  private func applied(_ preprocessing: Preprocessing) -> [Float] {
    var pixels = pixels
    pixels.withUnsafeMutableBufferPointer { preprocessing.apply(to: $0, channels: 3) }
    return pixels
  }

  @Test(arguments: [Preprocessing.caffe, .torch])
  func theConvolutionGivesTheSame(_ preprocessing: Preprocessing) throws {
    let (layer, weights) = try #require(preprocessing.layer(channels: 3))
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
    let layer = try #require(Preprocessing.tf.layer(channels: 3)?.layer.kind as? Rescaling)
    for (pixel, expected) in zip(pixels, applied(.tf)) {
      #expect(abs(pixel * Float(layer.scale[0]) + Float(layer.offset[0]) - expected) <= 1e-6)
    }
  }

  @Test func nothingIsNoLayer() {
    #expect(Preprocessing.none.layer(channels: 3) == nil)
  }

  /// `keras/src/applications/imagenet_utils.py`, in double precision.
  @Test func keras() {
    let means = ([123.68, 116.779, 103.939], [0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
    for (index, pixel) in pixels.enumerated() {
      let (value, channel) = (Double(pixel), index % 3)
      #expect(abs(Double(applied(.tf)[index]) - (value / 127.5 - 1)) < 1e-6)
      #expect(abs(Double(applied(.unit)[index]) - value / 255) < 1e-6)
      let torch = (value / 255 - means.1[channel]) / means.2[channel]
      #expect(abs(Double(applied(.torch)[index]) - torch) < 1e-6)
      let blueFirst = Double(applied(.caffe)[index - channel + 2 - channel])
      #expect(abs(blueFirst - (value - means.0[channel])) < 1e-4)
    }
  }

  @Test(arguments: [
    "none", "tf", "caffe", "torch", "unit", "mean=128,std=64", "bgr,mean=1:2:3,std=4", "mean=0,std=4:5:6:7",
    "order=1:0,mean=0,std=2",
  ])
  func textComesBack(_ text: String) throws {
    let parsed = try Preprocessing(parsing: text)
    #expect(parsed.description == text)
    #expect(try Preprocessing(parsing: parsed.description) == parsed)
    let coded = try JSONDecoder().decode([Preprocessing].self, from: JSONEncoder().encode([parsed]))
    #expect(coded == [parsed])
  }

  /// A name is only another spelling.
  @Test func namesAreValues() throws {
    #expect(try Preprocessing(parsing: "mean=127.5,std=127.5") == .tf)
    #expect(try Preprocessing(parsing: "bgr,mean=103.939:116.779:123.68") == .caffe)
    #expect(try Preprocessing(parsing: "mean=0:0:0,std=255:255:255") == .unit)
    #expect(try Preprocessing(parsing: "order=0:1:2,mean=0,std=1") == .none)
  }

  @Test(arguments: [
    ("", PreprocessingError.unknownWord("")), ("TF", .unknownWord("TF")),
    ("mean=1,mean=2", .repeated("mean")),
    ("mean=", .noNumber("")), ("mean=1:x", .noNumber("1:x")), ("std=0", .notPositive),
    ("std=-1", .notPositive),
    ("mean=1:2,std=1:2:3", .contradictory), ("order=0:0", .contradictory), ("order=1:2", .contradictory),
    ("mean=inf", .contradictory), ("std=nan", .contradictory), ("bgr,mean=1:2", .contradictory),
  ])
  func refuses(_ text: String, _ error: PreprocessingError) {
    #expect(throws: error) { try Preprocessing(parsing: text) }
  }

  @Test(arguments: [
    #""bgr""#, #""unit""#, #"{"scale":[0]}"#, #"{"order":[0,2]}"#, #"{"scale":[1,2],"shift":[1,2,3]}"#,
  ])
  func refusesInFiles(_ json: String) {
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode([Preprocessing].self, from: Data("[\(json)]".utf8))
    }
  }

  @Test func anyNumberOfChannels() {
    var pixels: [Float] = [0, 255, 51, 102]
    pixels.withUnsafeMutableBufferPointer { Preprocessing.unit.apply(to: $0, channels: 1) }
    #expect(pixels == [0, 1, 0.2, 0.4])
    #expect(Preprocessing.tf.suits(channels: 7) && !Preprocessing.torch.suits(channels: 1))
  }
}
