import ZooGraph

/// A family of architectures: its bases, the graph of each and how files name its layers.
///
/// To add one, conform a type and put one record beside it:
///
/// ```swift
/// @section("zoo_plugins") @used
/// let record: PluginRecord = (1, { respond(to: $0, as: MyFamily()) })
/// ```
public protocol ArchitecturePlugin: Sendable {
  /// The family's name: `VGG`.
  var family: String { get }

  /// All bases, in the order in which they are listed.
  var bases: [Base] { get }

  /// The network of one of the bases. The registry has checked the variant's size and class count.
  ///
  /// - Throws: `GraphError` when the variant cannot be built.
  func graph(of variant: Variant) throws(GraphError) -> ModelGraph

  /// How files of this network name its layers. Default: as the graph does.
  func mapping(of variant: Variant) -> WeightMapping
}

extension ArchitecturePlugin {
  /// No older names.
  public func mapping(of variant: Variant) -> WeightMapping { WeightMapping() }
}

/// Under which names a graph's layers occur in files.
///
/// Keras renamed layers over the years. A file's layers are matched by today's name, then by alias, then by
/// their order in the file; a name that contradicts the order is an error.
public struct WeightMapping: Sendable, Codable, Equatable {
  /// Older names of a layer, by its name in the graph.
  public var aliases: [String: [String]]

  /// - Parameter aliases: older names of a layer, by its name in the graph.
  public init(aliases: [String: [String]] = [:]) {
    self.aliases = aliases
  }
}

/// A variant's network with its mapping: what a plugin answers when asked for one.
public struct Architecture: Sendable, Codable, Equatable {
  /// The network.
  public var graph: ModelGraph
  /// How files name its layers.
  public var mapping: WeightMapping

  /// A network and how files name its layers.
  public init(graph: ModelGraph, mapping: WeightMapping) {
    self.graph = graph
    self.mapping = mapping
  }
}
