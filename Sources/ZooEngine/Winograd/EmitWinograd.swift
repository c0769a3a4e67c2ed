import ZooGraph

extension PlanBuilder {
  /// Our own code for the convolution, if it may be used and can do it.
  func winograd(
    _ convolution: Convolution, input: Extent, output: Extent, _ steps: [FusedStep],
    destination: MemoryDescriptor?
  ) throws(EngineError) -> Winograd? {
    // A first layer with the channels of a picture has nothing to multiply.
    guard options.allowsWinograd, let blocked = OneDNN.blockedTag, input.channels > 4 else { return nil }
    let type = options.precision.type
    let natural = try MemoryDescriptor.map(batch, output, blocked, type: type)
    return try Winograd(
      convolution, source: .map(batch, input, blocked, type: type), destination: destination ?? natural,
      steps: steps,
      on: device)
  }

  /// The convolution with its weights.
  mutating func emit(
    _ winograd: Winograd, _ operation: LoweredOperation, _ convolution: Convolution, summand: Location?,
    source: Location, target: Location
  ) throws(EngineError) {
    let kernel = try weights.kernel(of: convolution, for: winograd)
    let padded = winograd.output.paddedChannels
    let bias = try weights.bias(
      of: convolution.folding(input: extent(of: operation.inputs[0])), padded: padded)
    try emit(
      winograd, layers: operation.layers, source: source, kernel: constant(kernel, try winograd.kernels),
      bias: constant(bias, try .vector(padded)), summand: summand, target: target,
      floatingPointOperations: batch
        &* convolution.floatingPointOperations(
          extent(of: operation.inputs[0]), operation.extent))
  }

  /// The steps of a convolution by our own Winograd's algorithm.
  ///
  /// - Parameters:
  ///   - kernel: in the layout `winograd.kernels`.
  ///   - bias: for all filters of the output's blocks.
  ///   - summand: if the steps have a sum; may be `target`.
  mutating func emit(
    _ winograd: Winograd, layers: [String], source: Location, kernel: Location, bias: Location,
    summand: Location?, target: Location, floatingPointOperations: Int
  ) throws(EngineError) {
    let first = steps.count
    let all = winograd.products.joined()
    guard let windows = newLocation(forAll: all.map(\.source)),
      let results = newLocation(forAll: all.map(\.destination))
    else { return }
    let transformed =
      winograd.transformsFilters ? newLocation(forAll: winograd.products[0].map(\.weights)) : nil
    func place(_ location: Location, _ descriptor: MemoryDescriptor) -> Location {
      Location(buffer: location.buffer, descriptor: descriptor)
    }
    for (band, products) in zip(winograd.tiling.bands, winograd.products) {
      let input = WinogradInputKernel(
        layout: winograd.input, margins: winograd.margins, tiling: winograd.tiling, band: band)
      emit(input, layers: layers, [source, windows])
      for (filters, product) in zip(winograd.filters, products) {
        var multiplier = kernel
        if let transformed {
          multiplier = place(transformed, product.weights)
          emit(filters, layers: layers, [kernel, multiplier])
        }
        try emit(
          product, layers: layers,
          [
            (.source, place(windows, product.source)), (.weights, multiplier),
            (.destination, place(results, product.destination)),
          ])
        let output = WinogradOutputKernel(
          layout: winograd.output, tiling: winograd.tiling, band: band, blocks: filters.blocks,
          epilogue: winograd.epilogue)
        emit(output, layers: layers, [results, bias, target] + (summand.map { [$0] } ?? []))
      }
    }
    join(stepsFrom: first, as: Winograd.name, floatingPointOperations: floatingPointOperations)
  }

  /// A place that each of `descriptors` fits in; `nil` if there are none.
  private mutating func newLocation(forAll descriptors: [MemoryDescriptor]) -> Location? {
    descriptors.max { $0.byteCount < $1.byteCount }.map { newLocation($0) }
  }
}
