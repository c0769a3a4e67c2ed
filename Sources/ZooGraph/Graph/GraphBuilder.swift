/// Writes a graph down line by line, as Keras' functional models are written.
///
/// Arguments and defaults are Keras'. Calls do not throw: the first mistake is kept, later calls go on with
/// its shape, and ``build(output:)`` throws it.
public final class GraphBuilder {
  /// A layer's output.
  public struct Tap: Sendable {
    /// The layer that gives it.
    public let name: String
    /// Without the batch.
    public let shape: Shape
  }

  private let name: String
  private var nodes: [Node] = []
  private var firstError: GraphError?
  private var numbers: [String: Int] = [:]
  private var stages: [String] = []

  /// Starts a graph called `name`.
  public init(_ name: String) {
    self.name = name
  }

  /// The name Keras gives a layer that is not named: `conv2d`, then `conv2d_1`, `conv2d_2`, …
  public func numbered(_ name: String) -> String {
    let number = numbers[name, default: 0]
    numbers[name] = number + 1
    return number == 0 ? name : "\(name)_\(number)"
  }

  /// The finished graph.
  ///
  /// - Throws: `GraphError`, the first mistake made.
  public func build(output: Tap) throws(GraphError) -> ModelGraph {
    if let firstError { throw firstError }
    var graph = ModelGraph(name: name, nodes: nodes, output: output.name)
    graph.stages = stages
    _ = try graph.resolved()
    return graph
  }

  /// Says that the layers since the stage before, or since the beginning, are a stage of the architecture, and that this
  /// is what it gives. Most networks have one for each resolution.
  public func endStage(_ x: Tap) { stages.append(x.name) }

  /// Adds any layer.
  public func add(_ layer: some LayerKind, _ name: String, to inputs: [Tap]) -> Tap {
    nodes.append(Node(name, layer, inputs: inputs.map(\.name)))
    do throws(GraphError) {
      return Tap(name: name, shape: try layer.outputShape(of: inputs.map(\.shape)))
    } catch {
      firstError = firstError ?? GraphError(node: name, error.reason)
      return Tap(name: name, shape: inputs.first?.shape ?? .map(1, 1, 1))
    }
  }

  /// The picture: height × width × channels.
  public func input(_ shape: Shape, _ name: String = "input_layer") -> Tap {
    add(InputLayer(shape: shape), name, to: [])
  }

  /// Keras' `Conv2D`.
  public func conv2D(
    _ x: Tap, _ name: String, _ filters: Int, kernel: Int, strides: Int = 1, padding: Padding = .valid,
    activation: ActivationFunction = .linear, useBias: Bool = true
  ) -> Tap {
    let layer = Conv2D(
      filters: filters, kernelSize: Size2D(kernel), strides: Size2D(strides), padding: padding,
      activation: activation, useBias: useBias)
    return add(layer, name, to: [x])
  }

  /// Keras' `DepthwiseConv2D`.
  public func depthwiseConv2D(
    _ x: Tap, _ name: String, kernel: Int, strides: Int = 1, padding: Padding = .valid,
    depthMultiplier: Int = 1, useBias: Bool = true
  ) -> Tap {
    let layer = DepthwiseConv2D(
      kernelSize: Size2D(kernel), strides: Size2D(strides), padding: padding,
      depthMultiplier: depthMultiplier, useBias: useBias)
    return add(layer, name, to: [x])
  }

  /// Keras' `Dense`.
  public func dense(
    _ x: Tap, _ name: String, _ units: Int, activation: ActivationFunction = .linear
  ) -> Tap {
    add(Dense(units: units, activation: activation), name, to: [x])
  }

  /// Keras' `BatchNormalization`.
  public func batchNormalization(
    _ x: Tap, _ name: String, epsilon: Double = 1e-3, momentum: Double = 0.99, scale: Bool = true
  ) -> Tap {
    add(BatchNormalization(epsilon: epsilon, momentum: momentum, scale: scale), name, to: [x])
  }

  /// Keras' `Activation`.
  public func activation(_ x: Tap, _ name: String, _ function: ActivationFunction) -> Tap {
    add(Activation(function), name, to: [x])
  }

  /// Keras' `ZeroPadding2D`.
  public func zeroPadding2D(_ x: Tap, _ name: String, _ padding: Margins) -> Tap {
    add(ZeroPadding2D(padding: padding), name, to: [x])
  }

  /// Keras' `MaxPooling2D`.
  public func maxPooling2D(
    _ x: Tap, _ name: String, pool: Int, strides: Int? = nil, padding: Padding = .valid
  ) -> Tap {
    let layer = MaxPooling2D(poolSize: Size2D(pool), strides: strides.map { Size2D($0) }, padding: padding)
    return add(layer, name, to: [x])
  }

  /// Keras' `AveragePooling2D`.
  public func averagePooling2D(
    _ x: Tap, _ name: String, pool: Int, strides: Int? = nil, padding: Padding = .valid
  ) -> Tap {
    let layer = AveragePooling2D(
      poolSize: Size2D(pool), strides: strides.map { Size2D($0) }, padding: padding)
    return add(layer, name, to: [x])
  }

  /// Keras' `GlobalAveragePooling2D`.
  public func globalAveragePooling2D(_ x: Tap, _ name: String, keepdims: Bool = false) -> Tap {
    add(GlobalAveragePooling2D(keepdims: keepdims), name, to: [x])
  }

  /// Keras' `GlobalMaxPooling2D`.
  public func globalMaxPooling2D(_ x: Tap, _ name: String) -> Tap {
    add(GlobalMaxPooling2D(), name, to: [x])
  }

  /// Keras' `Flatten`.
  public func flatten(_ x: Tap, _ name: String) -> Tap {
    add(Flatten(), name, to: [x])
  }

  /// Keras' `Reshape`; `target` is without the batch.
  public func reshape(_ x: Tap, _ name: String, _ target: Shape) -> Tap {
    add(Reshape(targetShape: target), name, to: [x])
  }

  /// Keras' `Dropout`; `sharedAxes` are those along which one draw counts for all.
  public func dropout(_ x: Tap, _ name: String, rate: Double, sharedAxes: [Int] = []) -> Tap {
    add(Dropout(rate: rate, sharedAxes: sharedAxes), name, to: [x])
  }

  /// Keras' `Rescaling` with the same numbers for all channels.
  public func rescaling(_ x: Tap, _ name: String, scale: Double, offset: Double = 0) -> Tap {
    add(Rescaling(scale: scale, offset: offset), name, to: [x])
  }

  /// Keras' `Add`.
  public func add(_ name: String, _ inputs: Tap...) -> Tap {
    add(Add(), name, to: inputs)
  }

  /// Keras' `Multiply`.
  public func multiply(_ name: String, _ first: Tap, _ second: Tap) -> Tap {
    add(Multiply(), name, to: [first, second])
  }

  /// Keras' `Concatenate` along the channels.
  public func concatenate(_ name: String, _ inputs: Tap...) -> Tap {
    add(Concatenate(), name, to: inputs)
  }

  /// Keras' `Conv2D` with a kernel that need not be square.
  public func conv2D(
    _ x: Tap, _ name: String, _ filters: Int, kernelSize: Size2D, strides: Int = 1, padding: Padding = .valid,
    groups: Int = 1, useBias: Bool = true
  ) -> Tap {
    let layer = Conv2D(
      filters: filters, kernelSize: kernelSize, strides: Size2D(strides), padding: padding, groups: groups,
      useBias: useBias)
    return add(layer, name, to: [x])
  }

  /// Keras' `SeparableConv2D`.
  public func separableConv2D(
    _ x: Tap, _ name: String, _ filters: Int, kernel: Int, strides: Int = 1, padding: Padding = .valid,
    useBias: Bool = true
  ) -> Tap {
    let layer = SeparableConv2D(
      filters: filters, kernelSize: Size2D(kernel), strides: Size2D(strides), padding: padding,
      useBias: useBias)
    return add(layer, name, to: [x])
  }

  /// Keras' `Cropping2D`.
  public func cropping2D(_ x: Tap, _ name: String, _ cropping: Margins) -> Tap {
    add(Cropping2D(cropping: cropping), name, to: [x])
  }

  /// Keras' `LayerNormalization` over the channels.
  public func layerNormalization(_ x: Tap, _ name: String, epsilon: Double = 1e-3) -> Tap {
    add(LayerNormalization(epsilon: epsilon), name, to: [x])
  }

  /// With fixed numbers, or with weights where there are none.
  public func normalization(
    _ x: Tap, _ name: String, mean: [Double]? = nil, variance: [Double]? = nil
  ) -> Tap {
    add(Normalization(mean: mean, variance: variance), name, to: [x])
  }

  /// Keras' `Rescaling` with numbers for each channel.
  public func rescaling(_ x: Tap, _ name: String, scale: [Double], offset: [Double]) -> Tap {
    add(Rescaling(scale: scale, offset: offset), name, to: [x])
  }

  /// A factor for each channel, as in ConvNeXt.
  public func layerScale(_ x: Tap, _ name: String) -> Tap { add(LayerScale(), name, to: [x]) }
}
