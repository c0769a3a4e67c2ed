/// A layer at its place in a graph.
public struct Node: Sendable, Equatable, Codable {
  /// Keras' name of the layer, unique in its graph.
  public var name: String
  public var layer: Layer
  /// The names of the nodes whose outputs this layer takes, in order.
  public var inputs: [String]
  /// Whether training may change the weights.
  public var trainable: Bool

  public init(_ name: String, _ layer: Layer, inputs: [String], trainable: Bool = true) {
    self.name = name
    self.layer = layer
    self.inputs = inputs
    self.trainable = trainable
  }
}

/// A network as a value: layers, their parameters and how they are connected. Holds no weights.
///
/// One input layer, one output, nodes in an order in which each comes after its inputs. A graph that was read
/// or put together by hand is checked by ``resolved()``.
public struct ModelGraph: Sendable, Equatable, Codable {
  public var name: String
  public var nodes: [Node]
  /// The name of the node whose output is the graph's.
  public var output: String

  public init(name: String, nodes: [Node], output: String) {
    self.name = name
    self.nodes = nodes
    self.output = output
  }
}
