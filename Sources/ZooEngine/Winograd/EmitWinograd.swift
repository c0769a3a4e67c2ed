import ConeDNN
import ZooGraph

extension PlanBuilder {
  /// Our own code for the convolution, if it may be used and can do it.
  func winograd(
    _ convolution: Convolution, input: Extent, output: Extent, _ steps: [FusedStep],
    destination: MemoryDescriptor?
  ) throws(EngineError) -> Winograd? {
    // A first layer with the channels of a picture has nothing to multiply.
    guard options.allowsWinograd, let blocked = OneDNN.blockedTag, input.channels > 4 else { return nil }
    let type = options.precision == .bf16 ? dnnl_bf16 : dnnl_f32
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
    guard let layout = winograd.products.first?.weights else { return }
    let input = extent(of: operation.inputs[0])
    let shape = WinogradKernel(
      channels: input.channels, filters: convolution.filters, paddedChannels: winograd.input.paddedChannels,
      paddedFilters: winograd.output.paddedChannels)
    let kernel = try weights.winogradKernel(
      of: convolution.layer, affine: convolution.affine, shape: shape, as: layout)
    let bias = try weights.bias(
      of: convolution.layer, useBias: convolution.useBias, affine: convolution.affine,
      channels: shape.filters, padded: shape.paddedFilters)
    try emit(
      winograd, layers: operation.layers, source: source, kernel: constant(kernel, layout),
      bias: constant(bias, try .vector(shape.paddedFilters)), summand: summand, target: target,
      floatingPointOperations: batch &* convolution.floatingPointOperations(input, operation.extent))
  }

  /// The steps of a convolution by our own Winograd's algorithm.
  ///
  /// - Parameters:
  ///   - kernel: as the products want it.
  ///   - bias: for all filters of the output's blocks.
  ///   - summand: if the steps have a sum; may be `target`.
  mutating func emit(
    _ winograd: Winograd, layers: [String], source: Location, kernel: Location, bias: Location,
    summand: Location?, target: Location, floatingPointOperations: Int
  ) throws(EngineError) {
    let first = steps.count
    guard let largest = winograd.products.max(by: { $0.source.byteCount < $1.source.byteCount }) else {
      return
    }
    let (windows, results) = (newLocation(largest.source), newLocation(largest.destination))
    for (band, product) in zip(winograd.tiling.bands, winograd.products) {
      let input = WinogradInputKernel(
        layout: winograd.input, margins: winograd.margins, tiling: winograd.tiling, band: band)
      emit(input, layers: layers, [source, windows])
      try emit(
        product, layers: layers,
        [
          (DNNL_ARG_SRC, Location(buffer: windows.buffer, descriptor: product.source)),
          (DNNL_ARG_WEIGHTS, kernel),
          (DNNL_ARG_DST, Location(buffer: results.buffer, descriptor: product.destination)),
        ])
      let output = WinogradOutputKernel(
        layout: winograd.output, tiling: winograd.tiling, band: band, epilogue: winograd.epilogue)
      emit(output, layers: layers, [results, bias, target] + (summand.map { [$0] } ?? []))
    }
    join(stepsFrom: first, as: Winograd.name, floatingPointOperations: floatingPointOperations)
  }
}
