import ZooGraph

import func Glibc.erf
import func Glibc.log

/// The oracle: what a graph computes, in double precision, one picture at a time, value by value. Slow and
/// obvious.
struct Reference {
  /// A map, seen as height × width × channels in row-major order; a vector is 1×1×channels.
  struct Map {
    var height: Int
    var width: Int
    var channels: Int
    var values: [Double]

    init(_ shape: Shape, _ values: [Double] = []) {
      let dimensions = shape.dimensions
      channels = dimensions.last ?? 1
      width = dimensions.count >= 3 ? dimensions[dimensions.count - 2] : 1
      height = dimensions.reduce(1, *) / (channels * width)
      self.values = values.isEmpty ? Array(repeating: 0, count: height * width * channels) : values
    }

    /// The channels of each pixel.
    var rows: [Map] {
      stride(from: 0, to: values.count, by: channels).map {
        Map(.vector(channels), Array(values[$0..<$0 + channels]))
      }
    }

    subscript(row: Int, column: Int, channel: Int) -> Double {
      get { values[(row * width + column) * channels + channel] }
      set { values[(row * width + column) * channels + channel] = newValue }
    }
  }

  let graph: ResolvedGraph
  /// By `layer/weight`.
  var weights: [String: [Double]]
  var preprocessing: Preprocessing = .none
  /// The BatchNormalization layers that use the statistics of the batch.
  var batchStatistics: Set<String> = []

  init(graph: ResolvedGraph, weights: TestWeights, preprocessing: Preprocessing = .none) {
    self.graph = graph
    self.weights = weights.tensors.mapValues { $0.map(Double.init) }
    self.preprocessing = preprocessing
  }

  /// The output of every layer for one picture.
  func outputs(of picture: ArraySlice<Float>) -> [String: [Double]] {
    outputs(of: [preprocessed(picture)]).mapValues { $0[0] }
  }

  /// The output of every layer for each picture of a batch, preprocessed.
  func outputs(of pictures: [[Double]]) -> [String: [[Double]]] {
    var maps: [[Map]] = []
    var results: [String: [[Double]]] = [:]
    for entry in graph.entries {
      let name = entry.node.name
      let batch: [Map]
      if let layer = entry.node.layer.kind as? BatchNormalization, batchStatistics.contains(name) {
        batch = normalizedTogether(maps[entry.inputs[0]], layer, name)
      } else {
        batch = pictures.indices.map { picture in
          output(of: entry, inputs: entry.inputs.map { maps[$0][picture] }, pictures[picture])
        }
      }
      maps.append(batch)
      results[name] = batch.map(\.values)
    }
    return results
  }

  private func output(of entry: ResolvedGraph.Entry, inputs: [Map], _ picture: [Double]) -> Map {
    let shapes = entry.inputs.map { graph.entries[$0].shape }
    return output(
      of: entry.node.layer.kind, entry.shape, inputs, shapes, picture: picture,
      weight: { weights["\(entry.owner)/\($0)"] ?? [] })
  }

  /// - Parameters:
  ///   - shape: the result's.
  ///   - shapes: the inputs'.
  func output(
    of kind: any LayerKind, _ shape: Shape, _ inputs: [Map], _ shapes: [Shape], picture: [Double] = [],
    weight: @escaping (String) -> [Double]
  ) -> Map {
    switch kind {
    case is InputLayer: return Map(shape, picture)
    case let layer as Conv2D:
      let bias = layer.useBias ? weight("bias") : nil
      return activated(
        convolved(inputs[0], layer, weight("kernel"), bias, before(shape, layer)), layer.activation)
    case let layer as DepthwiseConv2D:
      let bias = layer.useBias ? weight("bias") : nil
      return activated(
        convolved(inputs[0], layer, weight("kernel"), bias, before(shape, layer)), layer.activation)
    case let layer as SeparableConv2D:
      let depthwise = DepthwiseConv2D(
        kernelSize: layer.kernelSize, strides: layer.strides, padding: layer.padding,
        dilationRate: layer.dilationRate, depthMultiplier: layer.depthMultiplier)
      let half = convolved(inputs[0], depthwise, weight("depthwise_kernel"), nil, between(layer, inputs[0]))
      let bias = layer.useBias ? weight("bias") : nil
      let pointwise = Conv2D(filters: layer.filters, kernelSize: Size2D(1))
      return activated(
        convolved(half, pointwise, weight("pointwise_kernel"), bias, before(shape, layer)), layer.activation)
    case let layer as Dense:
      let bias = layer.useBias ? weight("bias") : nil
      let rows = inputs[0].rows.map { multiplied($0, weight("kernel"), bias, .vector(layer.units)).values }
      return activated(Map(before(shape, layer), rows.flatMap { $0 }), layer.activation)
    case let layer as BatchNormalization where layer.axis == nil: return normalized(inputs[0], layer, weight)
    case let layer as Activation: return activated(inputs[0], layer.activation)
    case let layer as ZeroPadding2D: return padded(inputs[0], layer.padding, shape)
    case let layer as MaxPooling2D:
      return pooled(inputs[0], layer.poolSize, layer.strides, layer.padding, shape) { $0.max() ?? 0 }
    case let layer as AveragePooling2D:
      return pooled(inputs[0], layer.poolSize, layer.strides, layer.padding, shape, mean)
    case is GlobalAveragePooling2D:
      let window = Size2D(inputs[0].height, inputs[0].width)
      return pooled(inputs[0], window, Size2D(1), .valid, shape, mean)
    case is GlobalMaxPooling2D:
      let window = Size2D(inputs[0].height, inputs[0].width)
      return pooled(inputs[0], window, Size2D(1), .valid, shape) { $0.max() ?? 0 }
    case is Flatten, is Reshape: return Map(shape, inputs[0].values)
    case is Dropout: return inputs[0]
    default:
      let tensors = zip(inputs, shapes).map { Tensor($1.dimensions, $0.values) }
      return Map(
        shape, TensorReference(reference: self, weight: weight).output(of: kind, shape, tensors).values)
    }
  }

  /// The shape before the activation, of which one halves the channels.
  private func before(_ shape: Shape, _ layer: some ActivatedLayer) -> Shape {
    guard layer.activation == .glu else { return shape }
    return Shape(shape.dimensions.dropLast() + [2 * shape.channels])
  }

  private func preprocessed(_ picture: ArraySlice<Float>) -> [Double] {
    var copy = Array(picture)
    copy.withUnsafeMutableBufferPointer { preprocessing.apply(to: $0, channels: graph.inputShape.channels) }
    return copy.map(Double.init)
  }

  private func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

  private func convolved(
    _ input: Map, _ layer: Conv2D, _ kernel: [Double], _ bias: [Double]?, _ shape: Shape
  ) -> Map {
    var output = Map(shape)
    let margins = origin(input, layer.kernelSize, layer.strides, layer.padding, layer.dilationRate)
    let perGroup = input.channels / layer.groups
    for row in 0..<output.height {
      for column in 0..<output.width {
        for filter in 0..<layer.filters {
          let group = filter / (layer.filters / layer.groups)
          var sum = bias?[filter] ?? 0
          for y in 0..<layer.kernelSize.height {
            for x in 0..<layer.kernelSize.width {
              let r = row * layer.strides.height + y * layer.dilationRate.height - margins.top
              let c = column * layer.strides.width + x * layer.dilationRate.width - margins.left
              guard (0..<input.height).contains(r), (0..<input.width).contains(c) else { continue }
              for channel in 0..<perGroup {
                let place = ((y * layer.kernelSize.width + x) * perGroup + channel) * layer.filters + filter
                sum += input[r, c, group * perGroup + channel] * kernel[place]
              }
            }
          }
          output[row, column, filter] = sum
        }
      }
    }
    return output
  }

  private func convolved(
    _ input: Map, _ layer: DepthwiseConv2D, _ kernel: [Double], _ bias: [Double]?, _ shape: Shape
  ) -> Map {
    var output = Map(shape)
    let margins = origin(input, layer.kernelSize, layer.strides, layer.padding, layer.dilationRate)
    for row in 0..<output.height {
      for column in 0..<output.width {
        for filter in 0..<output.channels {
          var sum = bias?[filter] ?? 0
          for y in 0..<layer.kernelSize.height {
            for x in 0..<layer.kernelSize.width {
              let r = row * layer.strides.height + y * layer.dilationRate.height - margins.top
              let c = column * layer.strides.width + x * layer.dilationRate.width - margins.left
              guard (0..<input.height).contains(r), (0..<input.width).contains(c) else { continue }
              let place = (y * layer.kernelSize.width + x) * output.channels + filter
              sum += input[r, c, filter / layer.depthMultiplier] * kernel[place]
            }
          }
          output[row, column, filter] = sum
        }
      }
    }
    return output
  }

  /// The padding at the top and left.
  private func origin(
    _ input: Map, _ window: Size2D, _ strides: Size2D, _ padding: Padding, _ dilation: Size2D = Size2D(1)
  ) -> Margins {
    guard padding == .same else { return .zero }
    func before(_ size: Int, _ window: Int, _ stride: Int, _ dilation: Int) -> Int {
      let outputs = (size + stride - 1) / stride
      return max(0, (outputs - 1) * stride + (window - 1) * dilation + 1 - size) / 2
    }
    let top = before(input.height, window.height, strides.height, dilation.height)
    let left = before(input.width, window.width, strides.width, dilation.width)
    return Margins(top: top, bottom: 0, left: left, right: 0)
  }

  private func multiplied(_ input: Map, _ kernel: [Double], _ bias: [Double]?, _ shape: Shape) -> Map {
    var output = Map(shape)
    for unit in 0..<output.channels {
      var sum = bias?[unit] ?? 0
      for (index, value) in input.values.enumerated() {
        sum += value * kernel[index * output.channels + unit]
      }
      output.values[unit] = sum
    }
    return output
  }

  private func normalized(_ input: Map, _ layer: BatchNormalization, _ weight: (String) -> [Double]) -> Map {
    let (mean, variance) = (weight("moving_mean"), weight("moving_variance"))
    let gamma = layer.scale ? weight("gamma") : mean.map { _ in 1 }
    let beta = layer.center ? weight("beta") : mean.map { _ in 0 }
    var output = input
    for index in output.values.indices {
      let c = index % input.channels
      output.values[index] =
        gamma[c] * (input.values[index] - mean[c]) / (variance[c] + layer.epsilon).squareRoot() + beta[c]
    }
    return output
  }

  private func normalizedTogether(_ inputs: [Map], _ layer: BatchNormalization, _ name: String) -> [Map] {
    let channels = inputs[0].channels
    let values = inputs.flatMap(\.values)
    let count = Double(values.count / channels)
    var mean = Array(repeating: 0.0, count: channels)
    for (index, value) in values.enumerated() { mean[index % channels] += value / count }
    var variance = Array(repeating: 0.0, count: channels)
    for (index, value) in values.enumerated() {
      variance[index % channels] +=
        (value - mean[index % channels]) * (value - mean[index % channels]) / count
    }
    return inputs.map { input in
      normalized(input, layer) {
        switch $0 {
        case "moving_mean": mean
        case "moving_variance": variance
        default: weights["\(name)/\($0)"] ?? []
        }
      }
    }
  }

  private func padded(_ input: Map, _ margins: Margins, _ shape: Shape) -> Map {
    var output = Map(shape)
    for row in 0..<input.height {
      for column in 0..<input.width {
        for channel in 0..<input.channels {
          output[row + margins.top, column + margins.left, channel] = input[row, column, channel]
        }
      }
    }
    return output
  }

  private func pooled(
    _ input: Map, _ window: Size2D, _ strides: Size2D, _ padding: Padding, _ shape: Shape,
    _ combine: ([Double]) -> Double
  ) -> Map {
    var output = Map(shape)
    let margins = origin(input, window, strides, padding)
    for row in 0..<output.height {
      for column in 0..<output.width {
        for channel in 0..<output.channels {
          var values: [Double] = []
          for y in 0..<window.height {
            for x in 0..<window.width {
              let (r, c) = (row * strides.height + y - margins.top, column * strides.width + x - margins.left)
              guard (0..<input.height).contains(r), (0..<input.width).contains(c) else { continue }
              values.append(input[r, c, channel])
            }
          }
          output[row, column, channel] = combine(values)
        }
      }
    }
    return output
  }

  /// The size of what lies between the halves.
  private func between(_ layer: SeparableConv2D, _ input: Map) -> Shape {
    func size(_ input: Int, _ window: Int, _ stride: Int, _ dilation: Int) -> Int {
      layer.padding == .same
        ? (input + stride - 1) / stride : (input - (window - 1) * dilation - 1) / stride + 1
    }
    return .map(
      size(input.height, layer.kernelSize.height, layer.strides.height, layer.dilationRate.height),
      size(input.width, layer.kernelSize.width, layer.strides.width, layer.dilationRate.width),
      input.channels * layer.depthMultiplier)
  }

  func activated(_ input: Map, _ function: ActivationFunction) -> Map {
    var output = input
    func each(_ body: (Double) -> Double) { output.values = input.values.map(body) }
    func rows(_ body: ([Double]) -> [Double]) { output.values = input.rows.flatMap { body($0.values) } }
    func relu6(_ x: Double) -> Double { min(max(x, 0), 6) }
    func sigmoid(_ x: Double) -> Double { 1 / (1 + exponential(-x)) }
    func tanh(_ x: Double) -> Double { 1 - 2 / (exponential(2 * x) + 1) }
    switch function {
    case .linear: break
    case .relu: each { max($0, 0) }
    case .relu6: each(relu6)
    case .rectifier(let maximum, let slope, let threshold):
      each { $0 >= maximum ?? .infinity ? maximum ?? $0 : $0 >= threshold ? $0 : slope * ($0 - threshold) }
    case .sigmoid: each(sigmoid)
    case .tanh: each(tanh)
    case .hardSigmoid: each { relu6($0 + 3) / 6 }
    case .hardSigmoidOfKeras2: each { min(max($0 / 5 + 0.5, 0), 1) }
    case .hardSilu: each { $0 * relu6($0 + 3) / 6 }
    case .hardTanh: each { min(max($0, -1), 1) }
    case .silu: each { $0 * sigmoid($0) }
    case .elu(let alpha): each { $0 > 0 ? $0 : alpha * (exponential($0) - 1) }
    case .selu:
      each {
        1.0507009873554804934193349852946
          * ($0 > 0 ? $0 : 1.6732632423543772848170429916717 * (exponential($0) - 1))
      }
    case .celu(let alpha): each { max($0, 0) + min(0, alpha * (exponential($0 / alpha) - 1)) }
    case .gelu(approximate: false): each { $0 / 2 * (1 + erf($0 / 2.0.squareRoot())) }
    case .gelu(approximate: true):
      each { $0 / 2 * (1 + tanh((2 / Double.pi).squareRoot() * ($0 + 0.044715 * $0 * $0 * $0))) }
    case .softplus: each { log(1 + exponential($0)) }
    case .softsign: each { $0 / (abs($0) + 1) }
    case .mish: each { $0 * tanh(log(1 + exponential($0))) }
    case .exponential: each(exponential)
    case .logSigmoid: each { -log(1 + exponential(-$0)) }
    case .squareplus(let b): each { ($0 + ($0 * $0 + b).squareRoot()) / 2 }
    case .sparsePlus: each { $0 <= -1 ? 0 : $0 >= 1 ? $0 : ($0 + 1) * ($0 + 1) / 4 }
    case .sparseSigmoid: each { min(max(($0 + 1) / 2, 0), 1) }
    case .hardShrink(let threshold): each { abs($0) > threshold ? $0 : 0 }
    case .softShrink(let threshold):
      each { $0 > threshold ? $0 - threshold : $0 < -threshold ? $0 + threshold : 0 }
    case .tanhShrink: each { $0 - tanh($0) }
    case .threshold(let threshold, let value): each { $0 > threshold ? $0 : value }
    case .leakyReLU(let slope): each { $0 > 0 ? $0 : slope * $0 }
    case .softmax:
      rows { row in
        let sum = row.map(exponential).reduce(0, +)
        return row.map { exponential($0) / sum }
      }
    case .logSoftmax:
      rows { row in
        let sum = row.map(exponential).reduce(0, +)
        return row.map { $0 - log(sum) }
      }
    case .sparsemax:
      rows { row in
        // As Keras has it: the mean of the sums of the largest values, less 1.
        let sorted = row.sorted(by: >)
        let sums = sorted.indices.map { sorted[...$0].reduce(0, +) }
        let support = sorted.indices.filter { sorted[$0] > (sums[$0] - 1) / Double($0 + 1) }
        let threshold = (support.reduce(0) { $0 + sums[$1] } - 1) / Double(support.count)
        return row.map { max($0 - threshold, 0) }
      }
    case .glu:
      let half = input.channels / 2
      output.channels = half
      rows { row in (0..<half).map { row[$0] * sigmoid(row[half + $0]) } }
    }
    return output
  }
}
