/// What is wrong with a graph, and at which node.
public struct GraphError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The node at which the problem shows, or `nil` when it concerns the whole graph.
  public var node: String?
  /// What is wrong.
  public var reason: String

  /// - Parameter node: the layer at fault, where it is one.
  public init(node: String? = nil, _ reason: String) {
    self.node = node
    self.reason = reason
  }

  public var description: String {
    if let node { "layer '\(node)': \(reason)" } else { reason }
  }
}

/// Bounds of everything a graph may declare. A graph can come from a file or a plugin, so nothing in it is
/// trusted: within these bounds no product of a layer's parameters overflows.
enum Limit {
  static let nodes = 65_536
  static let nameLength = 1_024
  static let dimension = 1 << 20
  static let elements = 1 << 31
}

/// Throws unless `value` lies in `1...Limit.dimension`, naming the parameter as Keras does.
func require(_ name: String, _ value: Int) throws(GraphError) {
  guard (1...Limit.dimension).contains(value) else {
    throw GraphError("\(name) must be between 1 and \(Limit.dimension), found \(value)")
  }
}

func require(_ name: String, _ value: Size2D) throws(GraphError) {
  try require(name, value.height)
  try require(name, value.width)
}

/// The single input of a layer that takes exactly one.
func single(_ inputs: [Shape]) throws(GraphError) -> Shape {
  guard inputs.count == 1 else { throw GraphError("takes one input, found \(inputs.count)") }
  return inputs[0]
}

/// The single input of a layer that takes exactly one feature map.
func singleMap(_ inputs: [Shape]) throws(GraphError) -> Shape {
  let input = try single(inputs)
  guard input.rank == 3 else {
    throw GraphError("takes a feature map (height × width × channels), found shape \(input)")
  }
  return input
}

/// What is added to a variance before its root is taken.
func requireEpsilon(_ epsilon: Double) throws(GraphError) {
  guard epsilon > 0, epsilon <= 1 else {
    throw GraphError("epsilon must be above 0 and at most 1, found \(epsilon)")
  }
}
