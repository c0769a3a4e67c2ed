import ZooGraph

extension TrainingBuilder {
  /// Flatten and Reshape: in NHWC the values already lie in the order that counts.
  mutating func emitReshape(_ input: ValueID, _ result: Extent) throws(EngineError) -> ValueID {
    let before = try plain(input)
    let after = try MemoryDescriptor.map(batch, result)
    let source = try location(of: input, as: before)
    let output = newValue(
      result, at: Location(buffer: source.buffer, descriptor: after), needsGradient: needsGradient(input))
    onBackward(of: output) { builder, gradient throws(EngineError) in
      let gradient = try builder.converted(gradient, to: after)
      builder.addGradient(Location(buffer: gradient.buffer, descriptor: before), to: input)
    }
    return output
  }
}
