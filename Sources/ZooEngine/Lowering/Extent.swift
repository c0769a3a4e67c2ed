import ZooGraph

/// The size of a map. Every tensor is seen as one: a vector is 1×1×channels, leading dimensions beyond three
/// count as rows. The row-major order of the values is the same in both views.
struct Extent: Sendable, Hashable {
  var height: Int
  var width: Int
  var channels: Int

  init(_ height: Int, _ width: Int, _ channels: Int) {
    self.height = height
    self.width = width
    self.channels = channels
  }

  init(_ shape: Shape) {
    let dimensions = shape.dimensions
    channels = dimensions.last ?? 1
    width = dimensions.count >= 3 ? dimensions[dimensions.count - 2] : 1
    // Exact: shape inference has bounded the product.
    height = dimensions.dropLast(dimensions.count >= 3 ? 2 : 1).reduce(1, *)
  }

  var elementCount: Int { height * width * channels }
  var size: Size2D { Size2D(height, width) }
}

extension LoweredOperation {
  var extent: Extent { Extent(shape) }
}

extension LoweredGraph {
  /// As ``init(_:outputs:preprocessing:)``, with the engine's error.
  static func lowered(
    _ graph: ResolvedGraph, outputs: [String], preprocessing: Preprocessing
  ) throws(EngineError) -> LoweredGraph {
    do throws(GraphError) {
      return try LoweredGraph(graph, outputs: outputs, preprocessing: preprocessing)
    } catch {
      throw error.node.map { EngineError(layer: $0, error.reason) } ?? EngineError(error.reason)
    }
  }
}
