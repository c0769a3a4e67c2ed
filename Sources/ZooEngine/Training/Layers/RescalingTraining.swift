import ConeDNN
import ZooGraph

extension TrainingBuilder {
  /// `y = x · scale + offset`, so `dx = dy · scale`.
  mutating func emitRescaling(_ layer: Rescaling, _ input: ValueID) throws(EngineError) -> ValueID {
    let linear = DifferentiableElementwise(
      algorithm: dnnl_eltwise_linear, alpha: Float(layer.scale), beta: Float(layer.offset))
    return try emitElementwise(linear, input)
  }
}
