import ZooGraph

extension ConfigNode {
  static let inputReaders: [String: LayerReader] = ["InputLayer": input]

  private static func input(
    _ config: inout LayerConfig, _ context: ConfigContext
  ) throws(UnknownLayer) -> ConfigLayer {
    let node = context.node
    let listed =
      (node.config["batch_shape"] ?? node.config["batch_input_shape"])?.array
      ?? node.config["shape"]?.array.map { [.null] + $0 }
    guard let listed, listed.count >= 2 else { throw node.unknown("it does not tell its shape") }
    config.readAll()
    var dimensions = listed.dropFirst().map { $0.number.flatMap { Int(exactly: $0) } }
    if (2...3).contains(dimensions.count), let size = context.inputSize {
      (dimensions[0], dimensions[1]) = (size.height, size.width)
    }
    let known = dimensions.compactMap { $0 }
    guard known.count == dimensions.count else {
      throw node.unknown(
        dimensions.count == 3 && dimensions[2] != nil
          ? "it leaves the pictures' size open: give it with --input-size"
          : "it leaves a dimension open that no option can give")
    }
    return .layer(InputLayer(shape: Shape(known)))
  }
}
