import ZooGraph

extension GraphReader {
  mutating func readConvolution(_ node: ReadNode) throws -> ReadValue {
    var input = try map(node)
    guard let kernel = try tensor(node, 1), kernel.shape.count == 4, kernel.shape.allSatisfy({ $0 > 0 })
    else {
      throw unsupported(node, "no kernel of four dimensions")
    }
    let bias = try tensor(node, 2)
    let window = Size2D(kernel.shape[2], kernel.shape[3])
    let (strides, dilation) = (try size(node, "strides"), try size(node, "dilations"))
    let groups = node.int("group") ?? 1
    let (filters, channels) = (kernel.shape[0], input.shape.channels)
    guard (1...1 << 20).contains(groups), channels == kernel.shape[1] * groups, filters % groups == 0 else {
      throw unsupported(node, "a kernel of \(kernel.shape) in \(groups) groups for \(channels) channels")
    }
    if let bias, bias.shape != [filters] { throw unsupported(node, "a bias of \(bias.shape)") }
    let reach = Size2D((window.height - 1) * dilation.height + 1, (window.width - 1) * dilation.width + 1)
    var padding = Padding.valid
    let margins = try margins(node, input, reach, strides)
    if margins != .zero {
      if strides == Size2D(1), margins.areSame(reach) {
        padding = .same
      } else {
        input = try add(ZeroPadding2D(padding: margins), node, [input], suffix: "_pad")
      }
    }
    let result: ReadValue
    let weight: ReadWeight
    if groups == channels, groups > 1 {
      let layer = DepthwiseConv2D(
        kernelSize: window, strides: strides, padding: padding, dilationRate: dilation,
        depthMultiplier: filters / groups, useBias: bias != nil)
      result = try add(layer, node, [input])
      weight = ReadWeight(
        tensor: kernel, dimensions: [groups, filters / groups, window.height, window.width],
        permutation: [2, 3, 0, 1])
    } else {
      let layer = Conv2D(
        filters: filters, kernelSize: window, strides: strides, padding: padding, dilationRate: dilation,
        groups: groups, useBias: bias != nil)
      result = try add(layer, node, [input])
      weight = ReadWeight(tensor: kernel, dimensions: kernel.shape, permutation: [2, 3, 1, 0])
    }
    addWeight("kernel", of: result, weight)
    if let bias { addWeight("bias", of: result, ReadWeight(bias)) }
    return result
  }

  mutating func readBatchNormalization(_ node: ReadNode) throws -> ReadValue {
    let input = try materialized(try value(node, 0), node.name)
    guard node.int("training_mode") ?? 0 == 0, node.int("spatial") ?? 1 == 1,
      input.order.first == input.shape.rank - 1
    else {
      throw unsupported(node, "statistics of batches, or of another axis than the channels")
    }
    let layer = BatchNormalization(
      epsilon: Double(node.float("epsilon") ?? 1e-5), momentum: Double(node.float("momentum") ?? 0.9))
    let result = try add(layer, node, [input])
    for (number, name) in ["gamma", "beta", "moving_mean", "moving_variance"].enumerated() {
      guard let weight = try tensor(node, number + 1), weight.shape == [input.shape.channels] else {
        throw unsupported(node, "no '\(name)' for each of \(input.shape.channels) channels")
      }
      addWeight(name, of: result, ReadWeight(weight))
    }
    return result
  }

  mutating func readLayerNormalization(_ node: ReadNode) throws -> ReadValue {
    let input = try lastAxisLast(try materialized(try value(node, 0), node.name), node)
    let (rank, channels) = (input.order.count, input.shape.channels)
    let bias = try tensor(node, 2)
    guard [-1, rank].contains(node.int("axis") ?? -1),
      let scale = try tensor(node, 1),
      ([scale] + (bias.map { [$0] } ?? [])).allSatisfy({ $0.shape == [channels] })
    else {
      throw unsupported(node, "other axes than the channels alone")
    }
    let layer = LayerNormalization(epsilon: Double(node.float("epsilon") ?? 1e-5), center: bias != nil)
    let result = try add(layer, node, [input])
    addWeight("gamma", of: result, ReadWeight(scale))
    if let bias { addWeight("beta", of: result, ReadWeight(bias)) }
    return result
  }

  /// A group for each channel. PyTorch writes other groups with them as the channels.
  mutating func readInstanceNormalization(_ node: ReadNode) throws -> ReadValue {
    let input = try materialized(try value(node, 0), node.name)
    guard let axis = input.order.first, input.order.count > 1, let scale = try tensor(node, 1),
      let bias = try tensor(node, 2), [scale, bias].allSatisfy({ $0.shape == [input.dimensions[0]] })
    else {
      throw unsupported(node, "no scale and bias for each channel")
    }
    let layer = GroupNormalization(groups: -1, axis: axis, epsilon: Double(node.float("epsilon") ?? 1e-5))
    let result = try add(layer, node, [input])
    addWeight("gamma", of: result, ReadWeight(scale))
    addWeight("beta", of: result, ReadWeight(bias))
    return result
  }

  // MARK: Windows

  /// An input that is a map, with its channels first in the file and last in Keras.
  mutating func map(_ node: ReadNode) throws -> ReadValue {
    let value = try value(node, 0)
    guard value.shape.rank == 3, !value.isFlattened else {
      throw unsupported(node, "an input that is no map of channels × height × width")
    }
    return try arranged(value, as: [2, 0, 1], node)
  }

  /// Two numbers of an attribute, 1 where it is not there.
  func size(_ node: ReadNode, _ name: String) throws -> Size2D {
    guard let numbers = node.ints(name) else { return Size2D(1) }
    guard numbers.count == 2, numbers.allSatisfy({ (1...1_024).contains($0) }) else {
      throw unsupported(node, "\(name) \(numbers)")
    }
    return Size2D(numbers[0], numbers[1])
  }

  /// The margins that `pads` or `auto_pad` give.
  func margins(
    _ node: ReadNode, _ input: ReadValue, _ reach: Size2D, _ strides: Size2D
  ) throws -> Margins {
    switch node.string("auto_pad") ?? "NOTSET" {
    case "NOTSET":
      let pads = node.ints("pads") ?? [0, 0, 0, 0]
      guard pads.count == 4, pads.allSatisfy({ (0...1_024).contains($0) }) else {
        throw unsupported(node, "pads \(pads)")
      }
      return Margins(top: pads[0], bottom: pads[2], left: pads[1], right: pads[3])
    case "VALID": return .zero
    case "SAME_UPPER":
      let size = Size2D(input.shape.height, input.shape.width)
      do throws(GraphError) {
        return try Padding.same.resolve(input: size, window: reach, strides: strides).margins
      } catch {
        throw unsupported(node, error.reason)
      }
    case let other: throw unsupported(node, "auto_pad \(other)")
    }
  }
}

extension ReadWeight {
  /// As it lies in the file.
  init(_ tensor: ReadTensor) {
    self.init(tensor: tensor, dimensions: tensor.shape, permutation: Array(tensor.shape.indices))
  }
}

extension Margins {
  /// Whether they are what Keras' `same` makes of a window that moves by single pixels.
  fileprivate func areSame(_ reach: Size2D) -> Bool {
    let (rows, columns) = (reach.height - 1, reach.width - 1)
    return self
      == Margins(top: rows / 2, bottom: rows - rows / 2, left: columns / 2, right: columns - columns / 2)
  }
}
