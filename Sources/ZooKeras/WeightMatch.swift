import ZooGraph

/// How the tensors of a file fit the weights of a graph.
public struct WeightMatch: Sendable {
  public struct Applied: Sendable {
    /// The layer in the graph.
    public var layer: String
    public var spec: WeightSpec
    public var sourceLayer: String
    public var tensor: SourceTensor
  }

  public struct Unused: Sendable, Equatable {
    public var sourceLayer: String
    public var tensor: SourceTensor
  }

  public struct Missing: Sendable, Equatable {
    public var layer: String
    public var spec: WeightSpec
    /// Names in the file that are like the layer's; of the first missing layer only.
    public var nearest: [String]
  }

  /// In the graph's order of nodes.
  public var applied: [Applied] = []
  /// Tensors for which the graph has no place, behind all that it has: a head of another model.
  public var unused: [Unused] = []
  public var missing: [Missing] = []
  /// Contradictions, the first one first: wrong shapes, surplus layers in the middle.
  public var problems: [String] = []

  /// Whether every weight of the graph has found its tensor and nothing contradicts.
  public var fits: Bool { problems.isEmpty && missing.isEmpty }

  /// The higher, the more the file is like the graph.
  var likeness: Int { applied.count - missing.count - problems.count }

  /// What keeps it from fitting, in one sentence.
  public var firstDifference: String? {
    if let problem = problems.first { return problem }
    guard let weight = missing.first else { return nil }
    let near = weight.nearest.isEmpty ? "" : ", nearest there: \(weight.nearest.joined(separator: ", "))"
    return
      "layer '\(weight.layer)' (\(weight.spec.name) \(Shape(weight.spec.shape))) is not in the file\(near)"
  }
}
