import ZooGraph

/// How the tensors of a file fit the weights of a graph.
public struct WeightMatch: Sendable {
  /// A tensor that has its place.
  public struct Applied: Sendable {
    /// The layer in the graph.
    public var layer: String
    /// The weight.
    public var spec: WeightSpec
    /// The layer's name in the file.
    public var sourceLayer: String
    /// The tensor in the file.
    public var tensor: SourceTensor
  }

  /// A tensor without a place.
  public struct Unused: Sendable, Equatable {
    /// The layer's name in the file.
    public var sourceLayer: String
    /// The tensor in the file.
    public var tensor: SourceTensor
  }

  /// A weight without a tensor.
  public struct Missing: Sendable, Equatable {
    /// The layer in the graph.
    public var layer: String
    /// The weight.
    public var spec: WeightSpec
    /// Names in the file that are like the layer's; of the first missing layer only.
    public var nearest: [String]
  }

  /// In the graph's order of nodes.
  public var applied: [Applied] = []
  /// Tensors for which the graph has no place, behind all that it has: a head of another model.
  public var unused: [Unused] = []
  /// In the order of the graph.
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

// MARK: - Pairing

extension WeightMatch {
  /// Matches the tensors of one layer: by the variable's name where every tensor tells it, else by order.
  ///
  /// - Parameter sourceLayer: as the file calls the layer.
  mutating func pair(_ target: ResolvedGraph.Entry, _ tensors: [SourceTensor], from sourceLayer: String) {
    let variables = tensors.map(\.variable)
    let byName = !variables.contains(nil) && Set(variables).count == variables.count
    var open = tensors
    for spec in target.weights {
      guard
        let index = byName
          ? open.firstIndex(where: { $0.variable.map(spec.spellings.contains) == true }) : open.indices.first
      else {
        missing.append(.init(layer: target.node.name, spec: spec, nearest: []))
        continue
      }
      apply(open.remove(at: index), to: spec, of: target.node.name, from: sourceLayer)
    }
    for tensor in open {
      problems.append(
        "layer '\(target.node.name)' has no weight for '\(tensor.name)' (\(Shape(tensor.shape)))")
    }
  }

  /// Takes a tensor for a weight, or notes down why it cannot be that.
  mutating func apply(
    _ tensor: SourceTensor, to spec: WeightSpec, of layer: String, from sourceLayer: String
  ) {
    if let problem = Self.problem(with: tensor, for: spec, of: layer) {
      problems.append(problem)
    } else {
      applied.append(.init(layer: layer, spec: spec, sourceLayer: sourceLayer, tensor: tensor))
    }
  }

  private static func problem(with tensor: SourceTensor, for spec: WeightSpec, of layer: String) -> String? {
    guard tensor.shape == spec.shape else {
      let hint =
        tensor.shape == [3, 2, 0, 1].compactMap({ spec.shape.indices.contains($0) ? spec.shape[$0] : nil })
        ? " (channels first, as Theano files are: take the 'tf_dim_ordering_tf_kernels' file)" : ""
      return
        "layer '\(layer)', \(spec.name): expected \(Shape(spec.shape)), found \(Shape(tensor.shape))\(hint)"
    }
    switch tensor.dataset.elementType {
    case .float16, .bfloat16, .float32, .float64: return nil
    case .int32? where spec.role == .counter, .int64? where spec.role == .counter: return nil
    case let other:
      return "layer '\(layer)', \(spec.name): expected floating-point numbers, found "
        + (other?.rawValue ?? "\(tensor.dataset.type)")
    }
  }
}
