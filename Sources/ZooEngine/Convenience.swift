extension Engine {
  /// As ``run(_:count:into:)``, with arrays: the results of each output.
  public func run(_ pixels: [Float], count: Int) throws(EngineError) -> [[Float]] {
    var results: [[Float]] = []
    for shape in outputShapes {
      results.append(Array(repeating: 0, count: try Pictures.values(of: shape, max(0, count))))
    }
    try pixels.withBuffer { pixels throws(EngineError) in
      try run(pixels, count, &results, opened: [])
    }
    return results
  }

  /// Opens the arrays one after the other, then runs.
  private func run(
    _ pixels: UnsafeBufferPointer<Float>, _ count: Int, _ results: inout [[Float]],
    opened: [UnsafeMutableBufferPointer<Float>]
  ) throws(EngineError) {
    let index = opened.count
    guard index < results.count else { return try run(pixels, count: count, into: opened) }
    var current: [Float] = []
    swap(&current, &results[index])
    defer { swap(&current, &results[index]) }
    let outcome = current.withUnsafeMutableBufferPointer { buffer in
      Result { () throws(EngineError) in try run(pixels, count, &results, opened: opened + [buffer]) }
    }
    try outcome.get()
  }
}

extension [Float] {
  /// `withUnsafeBufferPointer` with a typed error.
  func withBuffer<Value>(
    _ body: (UnsafeBufferPointer<Float>) throws(EngineError) -> Value
  ) throws(EngineError) -> Value {
    let outcome = withUnsafeBufferPointer { buffer in
      Result { () throws(EngineError) in try body(buffer) }
    }
    return try outcome.get()
  }
}
