/// One kind of layer: Keras' parameters, the shape it gives, the weights it owns, and what it computes.
///
/// Parameters are spelled as in Keras' `get_config()`. Each kind is a file in this folder; ``Layer/kinds`` lists them.
public protocol LayerKind: Sendable, Codable, Equatable {
  /// Keras' class name, such as `Conv2D`.
  static var className: String { get }

  /// The output shape for the given input shapes.
  ///
  /// - Throws: `GraphError` when the inputs do not suit the layer or a parameter is out of bounds.
  func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape

  /// The weights in the order in which Keras stores them. Called only after `outputShape(of:)` has succeeded.
  func weights(for inputs: [Shape]) -> [WeightSpec]

  /// What the layer computes, as operations that an engine knows. Called only after `outputShape(of:)` has succeeded.
  ///
  /// - Returns: the value that is the layer's output.
  func lower(_ inputs: [ValueID], in lowering: inout Lowering) throws(GraphError) -> ValueID

  /// Whether the layer gives its input when predicting, whatever it does while training.
  var isIdentity: Bool { get }

  /// Whether it draws random numbers while training.
  var isRandom: Bool { get }

  /// Whether it makes a vector of a feature map, which ends a base.
  var endsFeatureMaps: Bool { get }
}

extension LayerKind {
  public func weights(for inputs: [Shape]) -> [WeightSpec] { [] }
  public var isIdentity: Bool { false }
  public var isRandom: Bool { false }
  public var endsFeatureMaps: Bool { false }
}

/// A layer that may be `x · scale + shift` with numbers of the configuration: one for all channels or one for each.
public protocol AffineLayer: LayerKind {
  /// `nil` where the numbers are weights.
  var affine: (scale: [Double], shift: [Double])? { get }
}

/// A layer that applies a function to each of its results.
public protocol ActivatedLayer: LayerKind {
  /// Applied to the layer's result.
  var activation: ActivationFunction { get set }
}
