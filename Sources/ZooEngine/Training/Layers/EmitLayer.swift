import ZooGraph

extension TrainingBuilder {
  /// Emits one layer. What each kind becomes is in the other files of this folder.
  mutating func emit(_ entry: ResolvedGraph.Entry, inputs: [ValueID]) throws(EngineError) -> ValueID {
    let name = entry.node.name
    guard let input = inputs.first else { throw EngineError("is no layer to train") }
    let result = Extent(entry.shape)
    switch entry.node.layer {
    case .input: throw EngineError("is no layer to train")
    case .conv2D(let layer):
      let convolution = try described { () throws(GraphError) in
        try Convolution(layer, name, input: values[input].extent)
      }
      return try emitActivation(
        layer.activation, of: try emitConvolution(convolution, input, result), isOutput: isOutput(name))
    case .depthwiseConv2D(let layer):
      let convolution = try described { () throws(GraphError) in
        try Convolution(layer, name, input: values[input].extent)
      }
      return try emitActivation(
        layer.activation, of: try emitConvolution(convolution, input, result), isOutput: isOutput(name))
    case .separableConv2D(let layer):
      let (depthwise, between) = try described { () throws(GraphError) in
        try Convolution.depthwise(of: layer, name, input: graph.entries[entry.inputs[0]].shape)
      }
      let pointwise = try described { () throws(GraphError) in
        try Convolution(layer.pointwise, name, kernel: SeparableConv2D.pointwiseKernel, input: between)
      }
      let half = try emitConvolution(depthwise, input, between)
      return try emitActivation(
        layer.activation, of: try emitConvolution(pointwise, half, result), isOutput: isOutput(name))
    case .dense(let layer):
      return try emitActivation(
        layer.activation, of: try emitDense(layer, name, input), isOutput: isOutput(name))
    case .batchNormalization(let layer): return try emitBatchNormalization(layer, name, input)
    case .activation(let layer):
      return try emitActivation(layer.activation, of: input, isOutput: isOutput(name))
    case .zeroPadding2D(let layer): return try emitPadding(layer.padding, input, result)
    case .maxPooling2D(let layer):
      let pooling = try described { () throws(GraphError) in try Pooling(layer, input: values[input].extent) }
      return try emitPooling(pooling, input, result)
    case .averagePooling2D(let layer):
      let pooling = try described { () throws(GraphError) in try Pooling(layer, input: values[input].extent) }
      return try emitPooling(pooling, input, result)
    case .globalAveragePooling2D:
      return try emitPooling(Pooling(global: .averageOfPixels, input: values[input].extent), input, result)
    case .globalMaxPooling2D:
      return try emitPooling(Pooling(global: .maximum, input: values[input].extent), input, result)
    case .flatten, .reshape: return try emitReshape(input, result)
    case .dropout(let layer): return try emitDropout(layer, name, input)
    case .add: return try emitAdd(inputs)
    case .multiply: return try emitMultiply(inputs)
    case .concatenate: return try emitConcatenation(inputs, result)
    case .rescaling(let layer): return try emitRescaling(layer, input)
    }
  }

  private func described<Description>(
    _ body: () throws(GraphError) -> Description
  ) throws(EngineError) -> Description {
    do throws(GraphError) { return try body() } catch { throw EngineError(error.reason) }
  }
}
