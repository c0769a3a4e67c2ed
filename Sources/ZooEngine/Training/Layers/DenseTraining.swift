import ConeDNN
import ZooGraph

extension TrainingBuilder {
  /// `y = x · kernel + bias`, so `dx = dy · kernelᵀ`, `dkernel = xᵀ · dy`, `dbias = Σ dy`.
  mutating func emitDense(_ layer: Dense, _ name: String, _ input: ValueID) throws(EngineError) -> ValueID {
    let features = values[input].extent.elementCount
    let kernel = try parameter(name, "kernel")
    let bias = layer.useBias ? try parameter(name, "bias") : nil
    let product = try DenseGeometry(batch: batch, features: features, units: layer.units)
    let forward = try PrimitiveDescriptor.best(
      product.forward(isTraining: isTraining, hasBias: bias != nil), Attributes(), on: device,
      for: "multiply matrices")

    let source = try location(of: input, as: plain(input)).buffer
    let rows = Location(buffer: source, descriptor: product.source)
    let place = newLocation(product.destination)
    var operands = [
      (DNNL_ARG_SRC, rows), (DNNL_ARG_DST, place),
      (DNNL_ARG_WEIGHTS, try self.kernel(kernel, plain: product.plainKernel, as: forward.weights)),
    ]
    if let bias { operands.append((DNNL_ARG_BIAS, try vector(bias))) }
    try emit(forward, operands)

    let result = Extent(1, 1, layer.units)
    let output = newValue(
      result, at: Location(buffer: place.buffer, descriptor: try .map(batch, result)),
      needsGradient: needsGradient(input) || isTrained(kernel) || (bias.map(isTrained) ?? false),
      isOverwritable: true)
    onBackward(of: output) { builder, gradient throws(EngineError) in
      let plain = try builder.converted(gradient, to: .map(builder.batch, result))
      let gradient = Location(buffer: plain.buffer, descriptor: product.destination)
      try builder.emitDenseWeights(product, forward, kernel, bias, rows, gradient)
      guard builder.needsGradient(input) else { return }
      try builder.emitDenseSource(product, forward, kernel, input, gradient)
    }
    return output
  }

  private mutating func emitDenseSource(
    _ product: DenseGeometry, _ forward: PrimitiveDescriptor, _ kernel: Int, _ input: ValueID,
    _ gradient: Location
  ) throws(EngineError) {
    let backward = try PrimitiveDescriptor.best(
      product.backwardSource(), Attributes(), on: device, forward: forward,
      for: "compute a product's gradient")
    let place = newLocation(product.source)
    let weights = try self.kernel(kernel, plain: product.plainKernel, as: backward.weights)
    try emit(
      backward,
      [(DNNL_ARG_DIFF_DST, gradient), (DNNL_ARG_WEIGHTS, weights), (DNNL_ARG_DIFF_SRC, place)])
    addGradient(Location(buffer: place.buffer, descriptor: try plain(input)), to: input)
  }

  private mutating func emitDenseWeights(
    _ product: DenseGeometry, _ forward: PrimitiveDescriptor, _ kernel: Int, _ bias: Int?, _ rows: Location,
    _ gradient: Location
  ) throws(EngineError) {
    guard isTrained(kernel) || (bias.map(isTrained) ?? false) else { return }
    let backward = try PrimitiveDescriptor.best(
      product.backwardWeights(hasBias: bias != nil), Attributes(), on: device, forward: forward,
      for: "compute a kernel's gradient")
    let place = newLocation(backward.weightsGradient)
    var operands = [
      (DNNL_ARG_SRC, rows), (DNNL_ARG_DIFF_DST, gradient), (DNNL_ARG_DIFF_WEIGHTS, place),
    ]
    if let bias { operands.append((DNNL_ARG_DIFF_BIAS, try vectorGradient(bias))) }
    try emit(backward, operands)
    try setKernelGradient(kernel, place, plain: product.plainKernel)
  }
}

/// A matrix product's tensors as oneDNN takes them; the layout of the kernel is left to it.
private struct DenseGeometry {
  let source: MemoryDescriptor
  let destination: MemoryDescriptor
  let kernel: MemoryDescriptor
  let bias: MemoryDescriptor
  /// The kernel as Keras has it: features × units.
  let plainKernel: MemoryDescriptor

  init(batch: Int, features: Int, units: Int) throws(EngineError) {
    source = try MemoryDescriptor([batch, features], dnnl_nc)
    destination = try MemoryDescriptor([batch, units], dnnl_nc)
    kernel = try MemoryDescriptor([units, features], dnnl_format_tag_any)
    bias = try .vector(units)
    plainKernel = try MemoryDescriptor([units, features], strides: [1, units])
  }

  func forward(isTraining: Bool, hasBias: Bool) throws(EngineError) -> dnnl_inner_product_desc_t {
    var (source, kernel, destination) = (source.raw, kernel.raw, destination.raw)
    var bias = hasBias ? bias.raw : .absent
    var description = dnnl_inner_product_desc_t()
    try check(
      dnnl_inner_product_forward_desc_init(
        &description, isTraining ? dnnl_forward_training : dnnl_forward_inference, &source, &kernel, &bias,
        &destination), "describe a matrix product")
    return description
  }

  func backwardSource() throws(EngineError) -> dnnl_inner_product_desc_t {
    var (source, kernel, destination) = (source.raw, kernel.raw, destination.raw)
    var description = dnnl_inner_product_desc_t()
    try check(
      dnnl_inner_product_backward_data_desc_init(&description, &source, &kernel, &destination),
      "describe a product's gradient")
    return description
  }

  func backwardWeights(hasBias: Bool) throws(EngineError) -> dnnl_inner_product_desc_t {
    var (source, kernel, destination) = (source.raw, kernel.raw, destination.raw)
    var bias = hasBias ? bias.raw : .absent
    var description = dnnl_inner_product_desc_t()
    try check(
      dnnl_inner_product_backward_weights_desc_init(&description, &source, &kernel, &bias, &destination),
      "describe a kernel's gradient")
    return description
  }
}
