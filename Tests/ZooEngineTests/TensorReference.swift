import Glibc
import ZooGraph

/// Values along any axes, in row-major order.
struct Tensor {
  var shape: [Int]
  var values: [Double]

  init(_ shape: [Int], _ values: [Double]) {
    self.shape = shape
    self.values = values
  }

  /// Each value by its place.
  init(_ shape: [Int], _ body: ([Int]) -> Double) {
    self.init(shape, Self.places(shape).map(body))
  }

  static func places(_ shape: [Int]) -> [[Int]] {
    shape.reduce([[]]) { places, count in places.flatMap { place in (0..<count).map { place + [$0] } } }
  }

  subscript(place: [Int]) -> Double {
    get { values[offset(place)] }
    set { values[offset(place)] = newValue }
  }

  private func offset(_ place: [Int]) -> Int { zip(place, shape).reduce(0) { $0 * $1.1 + $1.0 } }

  /// With repetition of what has one step along an axis.
  func repeated(at place: [Int]) -> Double {
    let own = place.suffix(shape.count)
    return self[zip(own, shape).map { $1 == 1 ? 0 : $0 }]
  }
}

/// What the layers compute that are no maps' alone. As obvious as ``Reference``.
struct TensorReference {
  let reference: Reference
  let weight: (String) -> [Double]

  func output(of kind: any LayerKind, _ shape: Shape, _ inputs: [Tensor]) -> Tensor {
    let result = shape.dimensions
    func combined(_ body: (Double, Double) -> Double) -> Tensor {
      Tensor(result) { place in
        inputs.dropFirst().reduce(inputs[0].repeated(at: place)) { body($0, $1.repeated(at: place)) }
      }
    }
    switch kind {
    case let layer as Conv2DTranspose: return transposed(inputs[0], layer, result)
    case let layer as BatchNormalization:
      let axis = layer.axis ?? result.count - 1
      return Tensor(result) { place in
        let c = place[axis]
        let gamma = layer.scale ? weight("gamma")[c] : 1
        let beta = layer.center ? weight("beta")[c] : 0
        let deviation = (weight("moving_variance")[c] + layer.epsilon).squareRoot()
        return gamma * (inputs[0][place] - weight("moving_mean")[c]) / deviation + beta
      }
    case let layer as LayerNormalization:
      let axes = layer.axis ?? [result.count - 1]
      let parameters = axes.map { result[$0] }
      let gamma = layer.scale || layer.rmsScaling ? Tensor(parameters, weight("gamma")) : nil
      let beta = layer.center && !layer.rmsScaling ? Tensor(parameters, weight("beta")) : nil
      return normalized(
        inputs[0],
        { place in axes.map { _ in 0 } + place.indices.map { axes.contains($0) ? -1 : place[$0] } },
        layer.epsilon, takes: !layer.rmsScaling
      ) { place, value in
        let own = axes.map { place[$0] }
        return value * (gamma?[own] ?? 1) + (beta?[own] ?? 0)
      }
    case let layer as RMSNormalization:
      let axes = layer.axis ?? [result.count - 1]
      let scale = Tensor(axes.map { result[$0] }, weight("scale"))
      let squares = Tensor(result, inputs[0].values.map { $0 * $0 })
      return Tensor(result) { place in
        let group = Tensor.places(result).filter { other in
          place.indices.allSatisfy { axes.contains($0) || place[$0] == other[$0] }
        }
        let mean = group.reduce(0) { $0 + squares[$1] } / Double(group.count)
        return inputs[0][place] / (mean + layer.epsilon).squareRoot() * scale[axes.map { place[$0] }]
      }
    case let layer as GroupNormalization:
      let axis = layer.axis ?? result.count - 1
      let size = layer.groups == -1 ? 1 : result[axis] / layer.groups
      return normalized(inputs[0], { [$0[axis] / size] }, layer.epsilon) { place, value in
        value * (layer.scale ? weight("gamma")[place[axis]] : 1)
          + (layer.center ? weight("beta")[place[axis]] : 0)
      }
    case let layer as UnitNormalization:
      let axes = layer.axis ?? [result.count - 1]
      return lengthOne(inputs[0], axes)
    case let layer as Normalization:
      let axes = layer.axis ?? [result.count - 1]
      let shape = axes.map { result[$0] }
      return Tensor(result) { place in
        let c = place[result.count - 1]
        let own = axes.map { place[$0] }
        let mean = layer.mean.map { $0[$0.count == 1 ? 0 : c] } ?? Tensor(shape, weight("mean"))[own]
        let variance =
          layer.variance.map { $0[$0.count == 1 ? 0 : c] } ?? Tensor(shape, weight("variance"))[own]
        let deviation = max(variance.squareRoot(), 1e-7)
        return layer.invert ? inputs[0][place] * deviation + mean : (inputs[0][place] - mean) / deviation
      }
    case let layer as Rescaling:
      return Tensor(result) { place in
        let c = place[result.count - 1]
        return inputs[0][place] * layer.scale[layer.scale.count == 1 ? 0 : c]
          + layer.offset[layer.offset.count == 1 ? 0 : c]
      }
    case is LayerScale: return Tensor(result) { inputs[0][$0] * weight("gamma")[$0[result.count - 1]] }
    case let layer as PReLU:
      let alpha = Tensor(result.enumerated().map { layer.sharedAxes.contains($0) ? 1 : $1 }, weight("alpha"))
      return Tensor(result) { inputs[0][$0] > 0 ? inputs[0][$0] : alpha.repeated(at: $0) * inputs[0][$0] }
    case let layer as Softmax: return softmax(inputs[0], layer)
    case let layer as Elementwise: return Tensor(result) { value(layer.function, inputs[0][$0]) }
    case is Add: return combined(+)
    case is Subtract: return combined(-)
    case is Multiply: return combined(*)
    case is Maximum: return combined(max)
    case is Minimum: return combined(min)
    case is Average:
      let sum = combined(+)
      return Tensor(result, sum.values.map { $0 / Double(inputs.count) })
    case let layer as Arithmetic:
      switch layer.function {
      case .add: return combined(+)
      case .subtract: return combined(-)
      case .multiply: return combined(*)
      case .divide: return combined(/)
      case .power: return combined(pow)
      case .maximum: return combined(max)
      case .minimum: return combined(min)
      }
    case let layer as Filled: return Tensor(result) { _ in layer.value }
    case let layer as Constant: return Tensor(result, layer.values.map(Double.init))
    case let layer as Cropping2D:
      return Tensor(result) { inputs[0][[$0[0] + layer.cropping.top, $0[1] + layer.cropping.left, $0[2]]] }
    case let layer as UpSampling2D where layer.interpolation == .nearest:
      return Tensor(result) { inputs[0][[$0[0] / layer.size.height, $0[1] / layer.size.width, $0[2]]] }
    case let layer as UpSampling2D: return resized(inputs[0], result, layer.interpolation)
    case let layer as Resizing: return resized(inputs[0], result, layer.interpolation)
    case let layer as Permute:
      return Tensor(result) { place in
        var source = place
        for (to, from) in layer.axes.enumerated() { source[from] = place[to] }
        return inputs[0][source]
      }
    case is RepeatVector: return Tensor(result) { inputs[0][Array($0.dropFirst())] }
    case let layer as Tile:
      return Tensor(result) { place in
        var source = place
        source[layer.axis] %= inputs[0].shape[layer.axis]
        return inputs[0][source]
      }
    case let layer as Slice:
      return Tensor(result) { place in
        var rest = place[...]
        return inputs[0][
          layer.parts.map { $0.isDropped ? $0.start : $0.start + $0.step * rest.removeFirst() }]
      }
    case let layer as Stack:
      return Tensor(result) { place in
        var source = place
        return inputs[source.remove(at: layer.axis)][source]
      }
    case let layer as Concatenate:
      let axis = layer.axis ?? result.count - 1
      return Tensor(result) { place in
        var source = place
        var input = 0
        while source[axis] >= inputs[input].shape[axis] {
          source[axis] -= inputs[input].shape[axis]
          input += 1
        }
        return inputs[input][source]
      }
    case let layer as Reduce:
      let kept = inputs[0].shape.enumerated().map { layer.axes.contains($0) ? 1 : $1 }
      let all = Tensor(kept) { place in
        let values = Tensor.places(inputs[0].shape).filter { source in
          kept.indices.allSatisfy { layer.axes.contains($0) || source[$0] == place[$0] }
        }.map { inputs[0][$0] }
        switch layer.function {
        case .sum: return values.reduce(0, +)
        case .mean: return values.reduce(0, +) / Double(values.count)
        case .maximum: return values.reduce(-.infinity, max)
        case .minimum: return values.reduce(.infinity, min)
        case .product: return values.reduce(1, *)
        }
      }
      return Tensor(result, all.values)
    case let layer as CumulativeSum:
      return Tensor(result) { place in
        (0...place[layer.axis]).reduce(0.0) { sum, step in
          var source = place
          source[layer.axis] = step
          return sum + inputs[0][source]
        }
      }
    case is MatMul: return product(inputs[0], inputs[1], result)
    case let layer as Dot:
      let operands = layer.normalize ? zip(inputs, layer.axes).map { lengthOne($0, [$1]) } : inputs
      let count = operands[0].shape[layer.axes[0]]
      let free = operands[0].shape.count - 1
      return Tensor(result) { place in
        (0..<count).reduce(0.0) { sum, step in
          var left = Array(place.prefix(free))
          left.insert(step, at: layer.axes[0])
          var right = Array(place.dropFirst(free).prefix(operands[1].shape.count - 1))
          right.insert(step, at: layer.axes[1])
          return sum + operands[0][left] * operands[1][right]
        }
      }
    case is Embedding:
      let width = result[result.count - 1]
      return Tensor(result) { place in
        weight("embeddings")[Int(inputs[0][Array(place.dropLast())]) * width + place[result.count - 1]]
      }
    case let layer as MultiHeadAttention: return attended(inputs, layer, result)
    case let layer as TimeDistributed:
      let inner = Shape(Array(inputs[0].shape.dropFirst()))
      let size = inner.dimensions.reduce(1, *)
      let each = Shape(Array(result.dropFirst()))
      let steps = (0..<result[0]).map { step in
        let part = Array(inputs[0].values[step * size..<(step + 1) * size])
        return reference.output(
          of: layer.layer.kind, each, [Reference.Map(inner, part)], [inner], weight: weight
        ).values
      }
      return Tensor(result, steps.flatMap { $0 })
    default: fatalError("the oracle does not know \(type(of: kind).className)")
    }
  }

  private func transposed(_ input: Tensor, _ layer: Conv2DTranspose, _ result: [Int]) -> Tensor {
    var sums = Tensor(result) { layer.useBias ? weight("bias")[$0[2]] : 0 }
    let kernel = Tensor(
      [layer.kernelSize.height, layer.kernelSize.width, result[2], input.shape[2]], weight("kernel"))
    func before(_ input: Int, _ output: Int, _ stride: Int, _ kernel: Int, _ dilation: Int) -> Int {
      layer.padding == .valid ? 0 : max(0, (input - 1) * stride + (kernel - 1) * dilation + 1 - output) / 2
    }
    let (strides, dilation) = (layer.strides, layer.dilationRate)
    let top = before(input.shape[0], result[0], strides.height, layer.kernelSize.height, dilation.height)
    let left = before(input.shape[1], result[1], strides.width, layer.kernelSize.width, dilation.width)
    for place in Tensor.places(input.shape) {
      for tap in Tensor.places(Array(kernel.shape.prefix(3))) {
        let row = place[0] * strides.height + tap[0] * dilation.height - top
        let column = place[1] * strides.width + tap[1] * dilation.width - left
        guard (0..<result[0]).contains(row), (0..<result[1]).contains(column) else { continue }
        sums[[row, column, tap[2]]] += input[place] * kernel[tap + [place[2]]]
      }
    }
    return Tensor(
      result, reference.activated(Reference.Map(Shape(result), sums.values), layer.activation).values)
  }

  /// Values of one group together.
  private func normalized(
    _ input: Tensor, _ group: ([Int]) -> [Int], _ epsilon: Double, takes mean: Bool = true,
    _ body: ([Int], Double) -> Double
  ) -> Tensor {
    let groups = Dictionary(grouping: Tensor.places(input.shape), by: group)
    var output = input
    for places in groups.values {
      let values = places.map { input[$0] }
      let centre = values.reduce(0, +) / Double(values.count)
      let variance = values.reduce(0) { $0 + ($1 - centre) * ($1 - centre) } / Double(values.count)
      for place in places {
        output[place] = body(place, (input[place] - (mean ? centre : 0)) / (variance + epsilon).squareRoot())
      }
    }
    return output
  }

  private func lengthOne(_ input: Tensor, _ axes: [Int]) -> Tensor {
    let groups = Dictionary(grouping: Tensor.places(input.shape)) { place in
      place.indices.map { axes.contains($0) ? -1 : place[$0] }
    }
    var output = input
    for places in groups.values {
      let length = places.reduce(0) { $0 + input[$1] * input[$1] }.squareRoot()
      for place in places { output[place] = input[place] / max(length, 1e-6) }
    }
    return output
  }

  private func softmax(_ input: Tensor, _ layer: Softmax) -> Tensor {
    let function: ActivationFunction =
      switch layer.function {
      case .softmax: .softmax
      case .logSoftmax: .logSoftmax
      case .sparsemax: .sparsemax
      }
    let groups = Dictionary(grouping: Tensor.places(input.shape)) { place in
      place.indices.map { layer.axis.contains($0) ? -1 : place[$0] }
    }
    var output = input
    for places in groups.values {
      let row = Reference.Map(.vector(places.count), places.map { input[$0] })
      for (place, value) in zip(places, reference.activated(row, function).values) { output[place] = value }
    }
    return output
  }

  private func value(_ function: ElementwiseFunction, _ x: Double) -> Double {
    switch function {
    case .absolute: abs(x)
    case .square: x * x
    case .squareRoot: x.squareRoot()
    case .reciprocalSquareRoot: 1 / x.squareRoot()
    case .reciprocal: 1 / x
    case .logarithm: log(x)
    case .sine: sin(x)
    case .cosine: cos(x)
    case .sign: x > 0 ? 1 : x < 0 ? -1 : 0
    case .floor: floor(x)
    case .ceiling: ceil(x)
    case .round: rint(x)
    case .power(let exponent): pow(x, exponent)
    case .exponentialOf(let base): pow(base, x)
    case .clip(let least, let most): min(max(x, least), most)
    case .dividing(let number): number / x
    case .remainder(let divisor): x - divisor * floor(x / divisor)
    }
  }

  private func resized(_ input: Tensor, _ result: [Int], _ interpolation: Interpolation) -> Tensor {
    func keys(_ distance: Double) -> Double {
      let (x, a) = (abs(distance), -0.5)
      return x <= 1
        ? (a + 2) * x * x * x - (a + 3) * x * x + 1
        : x < 2 ? a * x * x * x - 5 * a * x * x + 8 * a * x - 4 * a : 0
    }
    /// How much each pixel of a row counts for one of the result's.
    func weights(_ index: Int, _ count: Int, _ output: Int) -> [Double] {
      var position = (Double(index) + 0.5) * Double(count) / Double(output) - 0.5
      // TensorFlow's table of cubics has 1024 steps for a pixel.
      if interpolation == .bicubic { position = rint(position * 1024) / 1024 }
      var weights = Array(repeating: 0.0, count: count)
      switch interpolation {
      case .nearest: weights[min(Int((Double(index) + 0.5) * Double(count) / Double(output)), count - 1)] = 1
      case .bilinear:
        let below = Int(floor(position))
        weights[min(max(below, 0), count - 1)] += 1 - (position - floor(position))
        weights[min(max(below + 1, 0), count - 1)] += position - floor(position)
      case .bicubic:
        for pixel in 0..<count { weights[pixel] = keys(Double(pixel) - position) }
        let sum = weights.reduce(0, +)
        weights = weights.map { $0 / sum }
      }
      return weights
    }
    return Tensor(result) { place in
      let rows = weights(place[0], input.shape[0], result[0])
      let columns = weights(place[1], input.shape[1], result[1])
      return rows.indices.reduce(0.0) { sum, y in
        sum + columns.indices.reduce(0.0) { $0 + rows[y] * columns[$1] * input[[y, $1, place[2]]] }
      }
    }
  }

  private func product(_ first: Tensor, _ second: Tensor, _ result: [Int]) -> Tensor {
    let rank = result.count
    return Tensor(result) { place in
      let outer = Array(place.prefix(rank - 2))
      let own = second.shape.count == 2 ? [] : outer
      return (0..<first.shape[rank - 1]).reduce(0.0) { sum, step in
        sum + first[outer + [place[rank - 2], step]] * second[own + [step, place[rank - 1]]]
      }
    }
  }

  private func attended(_ inputs: [Tensor], _ layer: MultiHeadAttention, _ result: [Int]) -> Tensor {
    func rows(_ input: Tensor) -> Tensor {
      let features = input.shape[input.shape.count - 1]
      return Tensor([input.values.count / features, features], input.values)
    }
    /// Positions × heads × features.
    func projected(_ input: Tensor, _ name: String, _ size: Int) -> Tensor {
      let kernel = Tensor([input.shape[1], layer.numHeads, size], weight("\(name)_kernel"))
      let bias = layer.useBias ? Tensor([layer.numHeads, size], weight("\(name)_bias")) : nil
      return Tensor([input.shape[0], layer.numHeads, size]) { place in
        (0..<input.shape[1]).reduce(bias?[[place[1], place[2]]] ?? 0) {
          $0 + input[[place[0], $1]] * kernel[[$1, place[1], place[2]]]
        }
      }
    }
    let (query, value, key) = (rows(inputs[0]), rows(inputs[1]), rows(inputs[inputs.count - 1]))
    let (q, k, v) = (
      projected(query, "query", layer.keyDim), projected(key, "key", layer.keyDim),
      projected(value, "value", layer.valueDim)
    )
    let (asked, answered) = (q.shape[0], k.shape[0])
    let attention = Tensor([asked, layer.numHeads, layer.valueDim]) { place in
      let scores = (0..<answered).map { position in
        (0..<layer.keyDim).reduce(0.0) { $0 + q[[place[0], place[1], $1]] * k[[position, place[1], $1]] }
          / Double(layer.keyDim).squareRoot()
      }
      let shares = reference.activated(Reference.Map(.vector(answered), scores), .softmax).values
      return (0..<answered).reduce(0.0) { $0 + shares[$1] * v[[$1, place[1], place[2]]] }
    }
    let width = result[result.count - 1]
    let kernel = Tensor([layer.numHeads, layer.valueDim, width], weight("attention_output_kernel"))
    let whole = Tensor([asked, width]) { place in
      Tensor.places([layer.numHeads, layer.valueDim]).reduce(
        layer.useBias ? weight("attention_output_bias")[place[1]] : 0
      ) { $0 + attention[[place[0]] + $1] * kernel[$1 + [place[1]]] }
    }
    return Tensor(result, whole.values)
  }
}
