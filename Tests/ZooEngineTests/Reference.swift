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
      if case .batchNormalization(let layer) = entry.node.layer, batchStatistics.contains(name) {
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
    func weight(_ name: String) -> [Double] { weights["\(entry.node.name)/\(name)"] ?? [] }
    switch entry.node.layer {
    case .input: return Map(entry.shape, picture)
    case .conv2D(let layer):
      let bias = layer.useBias ? weight("bias") : nil
      return activated(convolved(inputs[0], layer, weight("kernel"), bias, entry.shape), layer.activation)
    case .depthwiseConv2D(let layer):
      let bias = layer.useBias ? weight("bias") : nil
      return activated(convolved(inputs[0], layer, weight("kernel"), bias, entry.shape), layer.activation)
    case .separableConv2D(let layer):
      let half = convolved(
        inputs[0], layer.depthwise, weight("depthwise_kernel"), nil, between(layer, inputs[0]))
      let bias = layer.useBias ? weight("bias") : nil
      return activated(
        convolved(half, layer.pointwise, weight("pointwise_kernel"), bias, entry.shape), layer.activation)
    case .dense(let layer):
      let bias = layer.useBias ? weight("bias") : nil
      return activated(multiplied(inputs[0], weight("kernel"), bias, entry.shape), layer.activation)
    case .batchNormalization(let layer): return normalized(inputs[0], layer, weight)
    case .activation(let layer): return activated(inputs[0], layer.activation)
    case .zeroPadding2D(let layer): return padded(inputs[0], layer.padding, entry.shape)
    case .maxPooling2D(let layer):
      return pooled(inputs[0], layer.poolSize, layer.strides, layer.padding, entry.shape) { $0.max() ?? 0 }
    case .averagePooling2D(let layer):
      return pooled(inputs[0], layer.poolSize, layer.strides, layer.padding, entry.shape, mean)
    case .globalAveragePooling2D:
      let window = Size2D(inputs[0].height, inputs[0].width)
      return pooled(inputs[0], window, Size2D(1), .valid, entry.shape, mean)
    case .globalMaxPooling2D:
      let window = Size2D(inputs[0].height, inputs[0].width)
      return pooled(inputs[0], window, Size2D(1), .valid, entry.shape) { $0.max() ?? 0 }
    case .flatten, .reshape: return Map(entry.shape, inputs[0].values)
    case .dropout: return inputs[0]
    case .add:
      return Map(entry.shape, inputs[0].values.indices.map { i in inputs.reduce(0) { $0 + $1.values[i] } })
    case .multiply: return product(inputs[0], inputs[1], entry.shape)
    case .concatenate: return concatenated(inputs, entry.shape)
    case .rescaling(let layer):
      return Map(entry.shape, inputs[0].values.map { $0 * layer.scale + layer.offset })
    }
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

  private func product(_ first: Map, _ second: Map, _ shape: Shape) -> Map {
    var output = Map(shape)
    for row in 0..<output.height {
      for column in 0..<output.width {
        for channel in 0..<output.channels {
          let left = first[row % first.height, column % first.width, channel]
          let right = second[row % second.height, column % second.width, channel]
          output[row, column, channel] = left * right
        }
      }
    }
    return output
  }

  private func concatenated(_ inputs: [Map], _ shape: Shape) -> Map {
    var output = Map(shape)
    for row in 0..<output.height {
      for column in 0..<output.width {
        let pixel = inputs.flatMap { input in (0..<input.channels).map { input[row, column, $0] } }
        for (channel, value) in pixel.enumerated() { output[row, column, channel] = value }
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

  private func activated(_ input: Map, _ function: ActivationFunction) -> Map {
    var output = input
    func each(_ body: (Double) -> Double) { output.values = input.values.map(body) }
    func relu6(_ x: Double) -> Double { min(max(x, 0), 6) }
    switch function {
    case .linear: break
    case .relu: each { max($0, 0) }
    case .relu6: each(relu6)
    case .sigmoid: each { 1 / (1 + exponential(-$0)) }
    case .tanh: each { 1 - 2 / (exponential(2 * $0) + 1) }
    case .hardSigmoid: each { relu6($0 + 3) / 6 }
    case .hardSilu: each { $0 * relu6($0 + 3) / 6 }
    case .silu: each { $0 / (1 + exponential(-$0)) }
    case .elu: each { $0 > 0 ? $0 : exponential($0) - 1 }
    case .selu:
      each {
        1.0507009873554804934193349852946
          * ($0 > 0 ? $0 : 1.6732632423543772848170429916717 * (exponential($0) - 1))
      }
    case .gelu: each { $0 / 2 * (1 + erf($0 / 2.0.squareRoot())) }
    case .softplus: each { log(1 + exponential($0)) }
    case .mish: each { $0 * (1 - 2 / (exponential(2 * log(1 + exponential($0))) + 1)) }
    case .exponential: each(exponential)
    case .leakyReLU: each { $0 > 0 ? $0 : 0.2 * $0 }
    case .hardTanh: each { min(max($0, -1), 1) }
    case .softmax:
      for start in stride(from: 0, to: input.values.count, by: input.channels) {
        let pixel = input.values[start..<start + input.channels].map { exponential($0) }
        let sum = pixel.reduce(0, +)
        for (channel, value) in pixel.enumerated() { output.values[start + channel] = value / sum }
      }
    }
    return output
  }
}
