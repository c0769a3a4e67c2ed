import ZooGraph

extension TrainingBuilder {
  /// Zeros around a map; the gradient of the map is the inner part of the result's.
  mutating func emitPadding(
    _ margins: Margins, _ input: ValueID, _ result: Extent
  ) throws(EngineError) -> ValueID {
    var source = try location(of: input)
    if BlockedLayout(source.descriptor) == nil { source = try location(of: input, as: plain(input)) }
    guard let layout = BlockedLayout(source.descriptor) else {
      throw EngineError("cannot pad a map of this layout")
    }
    let place = newLocation(try layout.descriptor(for: result))
    guard let padded = BlockedLayout(place.descriptor) else {
      throw EngineError("cannot pad into a map of this layout")
    }
    emit(PadKernel(layout, padded, margins), [source, place])

    let output = newValue(result, at: place, needsGradient: needsGradient(input), isOverwritable: true)
    onBackward(of: output) { builder, gradient throws(EngineError) in
      let whole = try builder.converted(gradient, to: place.descriptor)
      let extent = builder.values[input].extent
      let inner = try place.descriptor.part(
        [builder.batch, extent.channels, extent.height, extent.width],
        from: [0, 0, margins.top, margins.left])
      let target = builder.newLocation(source.descriptor)
      try builder.emitReorder(from: Location(buffer: whole.buffer, descriptor: inner), to: target)
      builder.addGradient(target, to: input)
    }
    return output
  }
}
