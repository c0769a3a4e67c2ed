/// One kind of layer: Keras' parameters, the shape it gives, the weights it owns.
///
/// Parameters are spelled as in Keras' `get_config()`. Each kind is a file in this folder; ``Layer`` lists them.
public protocol LayerKind: Sendable, Codable, Equatable {
  /// Keras' class name, such as `Conv2D`.
  static var className: String { get }

  /// The output shape for the given input shapes.
  ///
  /// - Throws: `GraphError` when the inputs do not suit the layer or a parameter is out of bounds.
  func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape

  /// The weights in the order in which Keras stores them. Called only after `outputShape(of:)` has succeeded.
  func weights(for inputs: [Shape]) -> [WeightSpec]
}

extension LayerKind {
  public func weights(for inputs: [Shape]) -> [WeightSpec] { [] }
}
