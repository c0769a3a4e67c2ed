import ZooEngine
import ZooGraph

/// What a classifier is asked about beside the picture itself; the probabilities are the mean over all of it.
public enum TestTimeAugmentation: String, Sendable, CaseIterable, Codable {
  /// The picture and its mirror image, left and right exchanged after resizing.
  case flip

  /// For people: what was averaged.
  public var sentence: String {
    switch self {
    case .flip: "the probabilities are means over each picture and its mirror image"
    }
  }
}

extension Engine {
  /// Runs pictures and what belongs to them.
  ///
  /// - Parameters:
  ///   - augmentation: `nil` for the pictures alone.
  ///   - results: as ``run(_:count:into:)``. The first is the mean; the others are of the pictures as they are.
  /// - Throws: `EngineError`.
  func run(
    _ pixels: UnsafeBufferPointer<Float>, count: Int, averagedOver augmentation: TestTimeAugmentation?,
    into results: [UnsafeMutableBufferPointer<Float>]
  ) throws(EngineError) {
    try run(pixels, count: count, into: results)
    guard let augmentation else { return }
    let others =
      switch augmentation {
      case .flip: mirrored(pixels, inputShape)
      }
    // Only the first output of the others counts, but a run gives all.
    let outputs = try run(others, count: count)
    for (index, value) in outputs[0].enumerated() { results[0][index] = (results[0][index] + value) / 2 }
  }
}

/// Left and right exchanged, of pictures side by side.
private func mirrored(_ pixels: UnsafeBufferPointer<Float>, _ shape: Shape) -> [Float] {
  let (width, channels) = (shape.picture?.width ?? 1, shape.picture?.channels ?? 1)
  let row = width * channels
  return [Float](unsafeUninitializedCapacity: pixels.count) { buffer, initialized in
    for start in stride(from: 0, to: pixels.count, by: row) {
      for x in 0..<width {
        let (from, to) = (start + x * channels, start + (width - 1 - x) * channels)
        for channel in 0..<channels {
          buffer.initializeElement(at: to + channel, to: pixels[from + channel])
        }
      }
    }
    initialized = pixels.count
  }
}

extension ResolvedGraph {
  /// Whether the network answers probabilities, of which a mean can be taken.
  public var averages: Bool { outputs.allSatisfy { isProbability($0) } }

  private func isProbability(_ output: Entry) -> Bool {
    guard let part = try? graph.cut(at: output.node.name).resolved() else { return false }
    return part.outputKind == .probability
  }
}
