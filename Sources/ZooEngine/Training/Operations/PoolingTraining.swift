import ZooGraph

extension TrainingBuilder {
  /// The gradient goes to where the maximum was (the first of equal ones), or evenly to all pixels of a window.
  mutating func emitPooling(
    _ pooling: PoolingWindow, _ input: ValueID, _ result: Extent
  ) throws(EngineError) -> ValueID {
    let source = try location(of: input)
    let target = try MemoryDescriptor.map(batch, result, .any)
    let forward = try PrimitiveDescriptor.best(
      pooling.operation(source.descriptor, target, pass), Attributes(), on: device,
      for: "pool")
    let place = newLocation(forward.destination)
    var operands: [(Argument, Location)] = [(.source, source), (.destination, place)]
    let workspace = forward.workspace.map { newLocation($0) }
    if let workspace { operands.append((.workspace, workspace)) }
    try emit(forward, operands)

    let output = newValue(result, at: place, needsGradient: needsGradient(input), isOverwritable: true)
    onBackward(of: output) { builder, gradient throws(EngineError) in
      let backward = try PrimitiveDescriptor.best(
        pooling.operation(source.descriptor, place.descriptor, .sourceGradient), Attributes(),
        on: builder.device,
        forward: forward, for: "compute a pooling's gradient")
      let target = builder.newLocation(source.descriptor)
      var operands: [(Argument, Location)] = [
        (.destinationGradient, try builder.converted(gradient, to: place.descriptor)),
        (.sourceGradient, target),
      ]
      if let workspace { operands.append((.workspace, workspace)) }
      try builder.emit(backward, operands)
      builder.addGradient(target, to: input)
    }
    return output
  }
}
