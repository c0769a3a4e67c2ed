/// All values of a sample as one vector, in height, width, channel order.
public struct Flatten: LayerKind {
  public static let className = "Flatten"

  /// A layer without parameters.
  public init() {}

  public func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    let input = try single(inputs)
    guard let count = input.elementCount else { throw GraphError("shape \(input) is too large to flatten") }
    return .vector(count)
  }

  public func lower(_ inputs: [ValueID], in lowering: inout Lowering) -> ValueID {
    let count = lowering.shape(of: inputs[0]).elementCount ?? 0
    return lowering.reshape(inputs[0], to: .vector(count))
  }

  public var endsFeatureMaps: Bool { true }
}
