import ZooGraph

extension GraphReader {
  mutating func readPooling(_ node: ReadNode) throws -> ReadValue {
    var input = try map(node)
    guard node.ints("kernel_shape") != nil, node.int("storage_order") ?? 0 == 0,
      try size(node, "dilations") == Size2D(1)
    else {
      throw unsupported(node, "no window, or one with holes")
    }
    let (window, strides) = (try size(node, "kernel_shape"), try size(node, "strides"))
    var margins = try margins(node, input, window, strides)
    let isMaximum = node.operation == "MaxPool"
    if node.int("ceil_mode") ?? 0 == 1 {
      let added = roundedUp(input.shape, window, strides, margins)
      guard isMaximum || added == margins else {
        throw unsupported(node, "windows that go beyond the map (ceil_mode)")
      }
      margins = added
    }
    var padding = Padding.valid
    if margins != .zero {
      let size = Size2D(input.shape.height, input.shape.width)
      let same = try? Padding.same.resolve(input: size, window: window, strides: strides).margins
      let countsZeros = !isMaximum && node.int("count_include_pad") ?? 0 == 1
      if same == margins, !countsZeros {
        padding = .same
      } else if countsZeros || isMaximum && isNonNegative(node.inputs[0]) {
        // Zeros never win against what is not below them.
        input = try add(ZeroPadding2D(padding: margins), node, [input], suffix: "_pad")
      } else {
        throw unsupported(node, "pads \(margins) that Keras' layers do not have")
      }
    }
    return isMaximum
      ? try add(MaxPooling2D(poolSize: window, strides: strides, padding: padding), node, [input])
      : try add(AveragePooling2D(poolSize: window, strides: strides, padding: padding), node, [input])
  }

  /// The margins with which rounding down counts as many windows as rounding up does without. A window that would begin
  /// behind the map does not count.
  private func roundedUp(
    _ shape: Shape, _ window: Size2D, _ strides: Size2D, _ margins: Margins
  ) -> Margins {
    func added(_ count: Int, _ before: Int, _ after: Int, _ window: Int, _ stride: Int) -> Int {
      let rest = (count + before + after - window) % stride
      let last = count + before + after - window - rest + stride
      return rest > 0 && last < count + before ? stride - rest : 0
    }
    var result = margins
    result.bottom += added(shape.height, margins.top, margins.bottom, window.height, strides.height)
    result.right += added(shape.width, margins.left, margins.right, window.width, strides.width)
    return result
  }

  mutating func readGlobal(_ node: ReadNode, _ layer: some LayerKind) throws -> ReadValue {
    try add(layer, node, [try map(node)])
  }

  /// Over rows and columns: a pooling of the whole map.
  mutating func readReduction(_ node: ReadNode) throws -> ReadValue {
    let input = try value(node, 0)
    let listed = try node.ints("axes") ?? tensor(node, 1).map { try onnx.integers(of: $0) }
    let rank = input.order.count + 1
    let axes = Set((listed ?? []).map { $0 < 0 ? $0 + rank : $0 })
    let keepdims = node.int("keepdims") ?? 1 == 1
    guard input.shape.rank == 3, !input.isFlattened,
      axes == Set(input.order.indices.filter { input.order[$0] < 2 }.map { $0 + 1 })
    else {
      throw unsupported(node, "axes \(listed ?? []), which are not a map's rows and columns")
    }
    var result =
      node.operation == "ReduceMean"
      ? try add(GlobalAveragePooling2D(keepdims: keepdims), node, [input])
      : try add(GlobalMaxPooling2D(keepdims: keepdims), node, [input])
    if !keepdims { result.order = [0] }
    return result
  }
}
