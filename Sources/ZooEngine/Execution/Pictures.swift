import ZooGraph

/// The caller's memory for one run: pixels in, results out, cut into pictures. Sizes have been checked.
struct Pictures: @unchecked Sendable {
  // The threads of a run read the pixels and write results of different pictures.
  private let pixels: UnsafePointer<Float>
  private let pixelsPerPicture: Int
  private let results: [UnsafeMutablePointer<Float>]
  private let valuesPerPicture: [Int]

  /// - Throws: `EngineError` when a buffer has another size than the engine's shapes ask for.
  init(
    _ engine: Engine, _ pixels: UnsafeBufferPointer<Float>, _ count: Int,
    _ results: [UnsafeMutableBufferPointer<Float>]
  ) throws(EngineError) {
    let shape = engine.inputShape
    let expected = try Self.values(of: shape, count)
    guard pixels.count == expected, let input = pixels.baseAddress else {
      throw EngineError(
        "\(count) pictures of \(shape) should have \(expected) values, found \(pixels.count)")
    }
    guard results.count == engine.outputs.count else {
      throw EngineError("there are \(engine.outputs.count) outputs, but places for \(results.count)")
    }
    var targets: [UnsafeMutablePointer<Float>] = []
    for (index, result) in results.enumerated() {
      let shape = engine.outputShapes[index]
      let expected = try Self.values(of: shape, count)
      guard result.count == expected, let address = result.baseAddress else {
        throw EngineError(
          layer: engine.outputs[index],
          "\(count) outputs of \(shape) need a place of \(expected) values, found \(result.count)")
      }
      targets.append(address)
    }
    self.pixels = input
    pixelsPerPicture = expected / count
    self.results = targets
    valuesPerPicture = results.map { $0.count / count }
  }

  static func values(of shape: Shape, _ count: Int) throws(EngineError) -> Int {
    let (size, overflow) = (shape.elementCount ?? .max).multipliedReportingOverflow(by: count)
    guard !overflow else { throw EngineError("\(count) pictures are too many at once") }
    return size
  }

  func pixels(of picture: Int) -> UnsafePointer<Float> { pixels + picture * pixelsPerPicture }

  func results(of picture: Int) -> [UnsafeMutablePointer<Float>] {
    zip(results, valuesPerPicture).map { $0 + picture * $1 }
  }
}
