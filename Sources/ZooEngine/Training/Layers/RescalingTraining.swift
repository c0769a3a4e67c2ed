import ZooGraph

extension TrainingBuilder {
  /// `y = x · scale + offset`, so `dx = dy · scale`.
  mutating func emitRescaling(_ layer: Rescaling, _ input: ValueID) throws(EngineError) -> ValueID {
    let linear = Elementwise.linear(scale: Float(layer.scale), shift: Float(layer.offset))
    return try emitElementwise(linear, input)
  }
}
