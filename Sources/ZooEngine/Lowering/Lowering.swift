import ZooGraph

extension LoweredGraph {
  /// One or two operations for each layer of `graph`, up to the layers named in `outputs`. Nothing is fused
  /// yet.
  ///
  /// - Throws: `EngineError` for an unknown output and a preprocessing that does not suit the input.
  init(
    _ graph: ResolvedGraph, outputs: [String], preprocessing: Preprocessing
  ) throws(EngineError) {
    var lowering = Lowering(preprocessing: preprocessing)
    for entry in graph.entries {
      do throws(GraphError) {
        try lowering.add(entry, inputShapes: entry.inputs.map { graph.entries[$0].shape })
      } catch {
        throw EngineError(layer: entry.node.name, error.reason)
      }
    }
    let takesPictures = graph.inputShape.rank == 3 && preprocessing.suits(channels: graph.inputShape.channels)
    guard preprocessing.isNone || takesPictures else {
      throw EngineError(
        "the preprocessing '\(preprocessing)' is for pictures of \(preprocessing.channelCount ?? 1) channels, "
          + "but the input is \(graph.inputShape)"
      )
    }
    self.init(operations: lowering.operations, outputs: [])
    for name in outputs {
      do throws(GraphError) {
        _ = try graph.entry(named: name)
      } catch {
        throw EngineError(error.description)
      }
      guard let index = graph.index(of: name) else { continue }
      self.outputs.append(lowering.values[index])
    }
    removeUnused()
  }
}

/// Turns layers into operations, one after the other.
private struct Lowering {
  let preprocessing: Preprocessing
  var operations: [LoweredOperation] = []
  /// The value of each entry so far.
  var values: [ValueID] = []

  mutating func add(_ entry: ResolvedGraph.Entry, inputShapes: [Shape]) throws(GraphError) {
    let inputs = entry.inputs.map { values[$0] }
    let extents = inputShapes.map { Extent($0) }
    let name = entry.node.name
    let result = Extent(entry.shape)

    func emit(_ kind: LoweredOperation.Kind, _ inputs: [ValueID], _ extent: Extent) -> ValueID {
      let id = operations.count
      operations.append(LoweredOperation(id: id, layers: [name], kind: kind, inputs: inputs, extent: extent))
      return id
    }
    func emit(_ kind: LoweredOperation.Kind) -> ValueID { emit(kind, inputs, result) }
    func emit(_ kind: LoweredOperation.Kind, then activation: ActivationFunction) -> ValueID {
      let value = emit(kind)
      guard activation != .linear else { return value }
      return emit(operation(for: activation), [value], result)
    }

    switch entry.node.layer {
    case .input:
      values.append(emit(.input(preprocessing)))
    case .conv2D(let layer):
      let convolution = try Convolution(layer, name, input: extents[0])
      values.append(emit(.convolution(convolution), then: layer.activation))
    case .depthwiseConv2D(let layer):
      let convolution = try Convolution(layer, name, input: extents[0])
      values.append(emit(.convolution(convolution), then: layer.activation))
    case .separableConv2D(let layer):
      let (depthwise, between) = try Convolution.depthwise(of: layer, name, input: inputShapes[0])
      let first = emit(.convolution(depthwise), inputs, between)
      let pointwise = try Convolution(
        layer.pointwise, name, kernel: SeparableConv2D.pointwiseKernel, input: between)
      let second = emit(.convolution(pointwise), [first], result)
      let activates = layer.activation != .linear
      values.append(activates ? emit(operation(for: layer.activation), [second], result) : second)
    case .dense(let layer):
      let product = DenseProduct(layer: name, units: layer.units, useBias: layer.useBias)
      values.append(emit(.dense(product), then: layer.activation))
    case .batchNormalization(let layer):
      values.append(emit(.affine([.batchNormalization(layer: name, layer)])))
    case .rescaling(let layer):
      values.append(emit(.affine([.constant(scale: layer.scale, shift: layer.offset)])))
    case .activation(let layer):
      values.append(emit(operation(for: layer.activation)))
    case .zeroPadding2D(let layer):
      values.append(emit(.pad(layer.padding)))
    case .maxPooling2D(let layer):
      values.append(emit(.pool(try Pooling(layer, input: extents[0]))))
    case .averagePooling2D(let layer):
      values.append(emit(.pool(try Pooling(layer, input: extents[0]))))
    case .globalAveragePooling2D:
      values.append(emit(.pool(Pooling(global: .averageOfPixels, input: extents[0]))))
    case .globalMaxPooling2D:
      values.append(emit(.pool(Pooling(global: .maximum, input: extents[0]))))
    case .flatten, .reshape:
      values.append(emit(extents[0] == result ? .identity : .reshape))
    case .dropout:
      values.append(emit(.identity))
    case .add:
      let sum = inputs.dropFirst().reduce(inputs[0]) { emit(.add, [$0, $1], result) }
      values.append(sum)
    case .multiply:
      values.append(emit(.multiply, extents[0] == result ? inputs : inputs.reversed(), result))
    case .concatenate:
      values.append(emit(.concatenate))
    }
  }

  private func operation(for activation: ActivationFunction) -> LoweredOperation.Kind {
    switch activation {
    case .linear: .identity
    case .softmax: .softmax
    case .relu, .relu6, .sigmoid, .tanh, .hardSigmoid, .hardSilu, .silu, .elu, .selu, .gelu, .softplus, .mish,
      .exponential, .leakyReLU, .hardTanh:
      .activation(activation)
    }
  }
}

extension Convolution {
  /// The first half of a separable one, and the extent of its result.
  static func depthwise(
    of layer: SeparableConv2D, _ name: String, input: Shape
  ) throws(GraphError) -> (Convolution, Extent) {
    let half = layer.depthwise
    return (
      try Convolution(half, name, kernel: SeparableConv2D.depthwiseKernel, input: Extent(input)),
      Extent(try half.outputShape(of: [input]))
    )
  }

  init(_ layer: Conv2D, _ name: String, kernel: String = "kernel", input: Extent) throws(GraphError) {
    let margins = try layer.padding.resolve(
      input: input.size, window: layer.kernelSize, strides: layer.strides, dilation: layer.dilationRate
    ).margins
    self.init(
      layer: name, kernel: kernel, kernelSize: layer.kernelSize, strides: layer.strides,
      dilation: layer.dilationRate,
      margins: margins, groups: layer.groups, filters: layer.filters, depthwise: false,
      useBias: layer.useBias)
  }

  init(
    _ layer: DepthwiseConv2D, _ name: String, kernel: String = "kernel", input: Extent
  ) throws(GraphError) {
    let margins = try layer.padding.resolve(
      input: input.size, window: layer.kernelSize, strides: layer.strides, dilation: layer.dilationRate
    ).margins
    self.init(
      layer: name, kernel: kernel, kernelSize: layer.kernelSize, strides: layer.strides,
      dilation: layer.dilationRate,
      margins: margins, groups: input.channels, filters: input.channels * layer.depthMultiplier,
      depthwise: true, useBias: layer.useBias)
  }
}

extension Pooling {
  init(_ layer: MaxPooling2D, input: Extent) throws(GraphError) {
    let margins = try layer.padding.resolve(
      input: input.size, window: layer.poolSize, strides: layer.strides
    ).margins
    self.init(mode: .maximum, window: layer.poolSize, strides: layer.strides, margins: margins)
  }

  init(_ layer: AveragePooling2D, input: Extent) throws(GraphError) {
    let margins = try layer.padding.resolve(
      input: input.size, window: layer.poolSize, strides: layer.strides
    ).margins
    self.init(mode: .averageOfPixels, window: layer.poolSize, strides: layer.strides, margins: margins)
  }

  /// Over the whole map.
  init(global mode: Mode, input: Extent) {
    self.init(mode: mode, window: input.size, strides: Size2D(1), margins: .zero)
  }
}
