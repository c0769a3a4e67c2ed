import ZooEngine
import ZooFile
import ZooGraph
import ZooSystem

/// What in a picture speaks for a class: Grad-CAM (Selvaraju et al., "Grad-CAM: Visual Explanations from Deep Networks
/// via Gradient-based Localization", 2017).
///
/// Each channel of a feature map is weighted by the mean of the gradient of the class's score over its pixels; the sum
/// of the channels, where it is positive, speaks for the class. The score is what goes into the last softmax or sigmoid.
/// Owned by one thread at a time.
public final class Explainer {
  /// The layer whose map is weighted.
  public let layer: String
  /// Of the map: height × width × channels.
  public let mapShape: Shape
  /// Height × width × channels.
  public let inputShape: Shape
  private let output: ClassOutput
  private let below: Engine
  private let above: TrainingGraph
  /// The layer's number amongst those at the cut.
  private let place: Int

  /// Pictures at a time.
  private static let batch = 8

  /// - Parameter layer: one that gives a map; by default the last feature map.
  /// - Throws: `FileError` when the model has no top, and for a layer that is not there, or gives no map; `EngineError`.
  public init(_ file: ZooFile, layer: String? = nil, threads: Int? = nil) throws {
    try file.checkClassifier()
    let graph = try file.model.graph.cut(at: file.model.graph.output).resolved()
    guard graph.outputKind != .value else {
      throw FileError(file.path, "answers a value and tells no classes, so there is none to be explained")
    }
    let entry = try Self.map(layer, of: graph, file.path)
    let split = try TrainingSplit(graph, observing: entry.node.name)
    self.layer = entry.node.name
    mapShape = entry.shape
    inputShape = graph.inputShape
    output = graph.classOutput(labels: file.model.labels?.count)
    place = split.boundary.firstIndex(of: entry.node.name) ?? 0
    below = try Engine(
      graph, weights: file, outputs: split.boundary, maximumBatch: Self.batch,
      preprocessing: file.model.preprocessing, options: EngineOptions(threads: threads))
    above = try TrainingGraph(graph, split, weights: file, threads: threads)
  }

  private static func map(
    _ name: String?, of graph: ResolvedGraph, _ path: String
  ) throws(FileError) -> ResolvedGraph.Entry {
    func isMap(_ entry: ResolvedGraph.Entry) -> Bool {
      entry.shape.rank == 3 && entry.shape.height * entry.shape.width > 1
        && !(entry.node.layer.kind is InputLayer)
    }
    let advice = "'zoo info --layers' shows all layers"
    if let name {
      guard let index = graph.index(of: name) ?? graph.stage(named: name)?.upperBound else {
        let names = graph.entries.map(\.node.name)
        throw FileError(path, unknown(name, amongst: names, what: "layer"), advice: advice)
      }
      let entry = graph.entries[index]
      guard isMap(entry) else {
        throw FileError(path, "'\(name)' gives \(entry.shape), which is no feature map", advice: advice)
      }
      return entry
    }
    let end = graph.index(of: graph.featureMap.node.name) ?? graph.outputIndex
    guard let entry = graph.entries[...end].last(where: isMap) else {
      throw FileError(
        path, "has no feature map behind its input, so no part of a picture can be told to speak for a class")
    }
    return entry
  }

  /// What speaks for a class in each picture.
  ///
  /// - Parameters:
  ///   - pixels: float32, 0…255, count × height × width × channels.
  ///   - classes: one for each picture; where there is none, the one that the network finds most likely.
  /// - Returns: for each picture the class, and height × width values, none of which is negative.
  /// - Throws: `EngineError`.
  public func explain(
    _ pixels: [Float], count: Int, classes: [Int?] = []
  ) throws(EngineError) -> [Explanation] {
    let maps = try below.run(pixels, count: count)
    let scores = try above.forward(maps, count: count, mode: .observing)
    let width = scores.count / max(1, count)
    var gradient = [Float](repeating: 0, count: scores.count)
    var chosen: [Int] = []
    for picture in 0..<count {
      let row = scores[(picture * width)..<((picture + 1) * width)]
      let given = classes.indices.contains(picture) ? classes[picture] : nil
      let index = given ?? output.likeliest(row)
      let (unit, sign) = output.score(of: index)
      gradient[picture * width + unit] = sign
      chosen.append(index)
    }
    try above.backward(gradient)
    let slopes = try above.gradientOfObserved()
    let size = mapShape.elementCount ?? 0
    return chosen.enumerated().map { picture, index in
      let range = (picture * size)..<((picture + 1) * size)
      return Explanation(
        classIndex: index, height: mapShape.height, width: mapShape.width,
        values: Self.weighted(maps[place][range], by: slopes[range], channels: mapShape.channels))
    }
  }

  /// `max(0, Σ mean(slope of channel) · channel)`.
  private static func weighted(
    _ map: ArraySlice<Float>, by slopes: ArraySlice<Float>, channels: Int
  ) -> [Float] {
    var weights = [Double](repeating: 0, count: channels)
    for (place, slope) in slopes.enumerated() { weights[place % channels] += Double(slope) }
    let pixels = map.count / channels
    return (0..<pixels).map { pixel in
      let start = map.startIndex + pixel * channels
      let sum = (0..<channels).reduce(0) { $0 + weights[$1] * Double(map[start + $1]) }
      return Float(max(0, sum / Double(pixels)))
    }
  }

  /// Explains all pictures in order.
  ///
  /// - Parameters:
  ///   - classes: by the index of the picture; of others the likeliest one is explained.
  ///   - body: gets the index of a picture, its pixels as the network sees them, and what speaks for the class.
  /// - Returns: the pictures that were left out.
  /// - Throws: `FileError` for the first bad picture unless `skipBad`, and what `body` throws.
  @discardableResult
  public func forEach(
    of pictures: Pictures, classes: [Int: Int] = [:], skipBad: Bool = false,
    _ body: (Int, [Float], Explanation) throws -> Void
  ) throws -> [BadPicture] {
    let size = inputShape.elementCount ?? 0
    return try pictures.forEachBatch(of: Self.batch, shape: inputShape, skipBad: skipBad) {
      indices, pixels in
      let explanations = try explain(
        Array(pixels), count: indices.count, classes: indices.map { classes[$0] })
      for (place, index) in indices.enumerated() {
        try body(index, Array(pixels[(place * size)..<((place + 1) * size)]), explanations[place])
      }
    }
  }
}

/// What in a picture speaks for a class.
public struct Explanation: Sendable, Equatable {
  /// The place of the class in the output.
  public let classIndex: Int
  /// Rows of the map.
  public let height: Int
  /// Columns of the map.
  public let width: Int
  /// Height × width, none negative; 0 where nothing speaks for the class.
  public let values: [Float]

  /// Whether anything speaks for the class.
  public var speaks: Bool { values.contains { $0 > 0 } }
}

extension ClassOutput {
  /// The class of the highest probability, by what goes into the last softmax or sigmoid.
  fileprivate func likeliest(_ scores: ArraySlice<Float>) -> Int {
    switch self {
    case .secondOfTwo: (scores.first ?? 0) > 0 ? 1 : 0
    case .perClass:
      scores.indices.max { (scores[$0], $1) < (scores[$1], $0) }.map { $0 - scores.startIndex } ?? 0
    }
  }

  /// The unit that tells a class, and whether it does so by being high or low.
  fileprivate func score(of index: Int) -> (unit: Int, sign: Float) {
    switch self {
    case .secondOfTwo: (0, index == 1 ? 1 : -1)
    case .perClass: (index, 1)
    }
  }
}
