import ZooGraph

extension TrainingBuilder {
  /// A function of each value that oneDNN has.
  mutating func emitActivation(_ function: ActivationFunction, of input: ValueID) throws(EngineError)
    -> ValueID
  {
    var value = input
    for element in function.differentiable { value = try emitElementwise(element, value) }
    return value
  }

  /// One function on each value. Where its gradient can be had from its result, it overwrites its input.
  mutating func emitElementwise(
    _ element: ElementwiseAlgorithm, _ input: ValueID
  ) throws(EngineError) -> ValueID {
    let source = try location(of: input)
    let place =
      element.usesDestination || !use.hasGradients ? try placeLike(input) : newLocation(source.descriptor)
    let forward = try PrimitiveDescriptor.best(
      .elementwise(element, source.descriptor, pass), Attributes(), on: device,
      for: "compute an activation")
    try emit(forward, [(.source, source), (.destination, place)])

    let output = newValue(values[input].extent, at: place, needsGradient: needsGradient(input))
    onBackward(of: output) { builder, gradient throws(EngineError) in
      let backward = try PrimitiveDescriptor.best(
        .elementwise(element, source.descriptor, .sourceGradient), Attributes(), on: builder.device,
        forward: forward,
        for: "compute an activation's gradient")
      let target = builder.newLocation(source.descriptor)
      try builder.emit(
        backward,
        [
          element.usesDestination ? (.destination, place) : (.source, source),
          (.destinationGradient, try builder.converted(gradient, to: source.descriptor)),
          (.sourceGradient, target),
        ])
      builder.addGradient(target, to: input)
    }
    return output
  }

  /// Over the channels, which then lie next to each other.
  mutating func emitSoftmax(_ input: ValueID) throws(EngineError) -> ValueID {
    let layout = try plain(input)
    let source = try location(of: input, as: layout)
    let place = newLocation(layout)
    let forward = try PrimitiveDescriptor.best(
      .softmax(layout, axis: 1, pass), Attributes(), on: device, for: "compute softmax")
    try emit(forward, [(.source, source), (.destination, place)])

    let output = newValue(values[input].extent, at: place, needsGradient: needsGradient(input))
    onBackward(of: output) { builder, gradient throws(EngineError) in
      let backward = try PrimitiveDescriptor.best(
        .softmax(layout, axis: 1, .sourceGradient), Attributes(), on: builder.device, forward: forward,
        for: "compute softmax's gradient")
      let target = builder.newLocation(layout)
      try builder.emit(
        backward,
        [
          (.destination, place), (.destinationGradient, try builder.converted(gradient, to: layout)),
          (.sourceGradient, target),
        ])
      builder.addGradient(target, to: input)
    }
    return output
  }
}
