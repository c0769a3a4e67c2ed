/// A part of a training: which layers, how long, how fast. Written `block_16:3@1e-4`.
public struct Stage: Sendable, Equatable, Codable {
  /// The layers that are trained.
  public var layers: LayerSelection
  /// How often all pictures are seen.
  public var epochs: Int
  /// `nil`: the recipe's.
  public var learningRate: Double?

  /// - Parameter learningRate: by default the recipe's.
  public init(_ layers: LayerSelection, epochs: Int, learningRate: Double? = nil) {
    self.layers = layers
    self.epochs = epochs
    self.learningRate = learningRate
  }

  /// Reads stages separated by commas: `LAYERS:EPOCHS` or `LAYERS:EPOCHS@RATE`.
  ///
  /// - Throws: `TrainError` that quotes the stage at fault.
  public static func parse(_ text: String) throws(TrainError) -> [Stage] {
    var stages: [Stage] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      stages.append(try Stage(part.filter { $0 != " " }))
    }
    return stages
  }

  private init(_ text: String) throws(TrainError) {
    let advice = "write LAYERS:EPOCHS@RATE, as in head:5@1e-3"
    guard let colon = text.lastIndex(of: ":"), colon > text.startIndex else {
      throw TrainError("'\(text)' is no stage", advice: advice)
    }
    layers = LayerSelection(String(text[..<colon]))
    let rest = text[text.index(after: colon)...].split(separator: "@", omittingEmptySubsequences: false)
    guard let epochs = rest.first.flatMap({ Int($0) }), (1...100_000).contains(epochs), rest.count <= 2 else {
      throw TrainError("'\(text)' is no stage: the epochs must be between 1 and 100000", advice: advice)
    }
    self.epochs = epochs
    guard rest.count == 2 else { return }
    guard let rate = Double(rest[1]), rate > 0, rate.isFinite else {
      throw TrainError("'\(text)' is no stage: the learning rate must be above 0", advice: advice)
    }
    learningRate = rate
  }
}
