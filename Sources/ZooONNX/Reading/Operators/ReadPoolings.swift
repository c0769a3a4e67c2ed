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
      } else if isMaximum {
        input = try surrounded(input, margins, node)
      } else {
        throw unsupported(node, "pads \(margins) that Keras' layers do not have")
      }
    }
    return isMaximum
      ? try add(MaxPooling2D(poolSize: window, strides: strides, padding: padding), node, [input])
      : try add(AveragePooling2D(poolSize: window, strides: strides, padding: padding), node, [input])
  }

  /// A map with margins that never win, as no number is below theirs.
  private mutating func surrounded(
    _ input: ReadValue, _ margins: Margins, _ node: ReadNode
  ) throws -> ReadValue {
    var result = input
    for (axis, before, after) in [(0, margins.top, margins.bottom), (1, margins.left, margins.right)] {
      let first = try lowest(before, axis, of: result, node)
      let last = try lowest(after, axis, of: result, node)
      let parts = [first, result, last].compactMap { $0 }
      if parts.count > 1 { result = try add(Concatenate(axis: axis), node, parts, suffix: "_pad") }
    }
    return result
  }

  /// So many rows or columns of the lowest number; `nil` for none.
  private mutating func lowest(
    _ count: Int, _ axis: Int, of value: ReadValue, _ node: ReadNode
  ) throws -> ReadValue? {
    guard count > 0 else { return nil }
    var parts = value.shape.dimensions.map { Slice.Part(start: 0, count: $0) }
    parts[axis].count = count
    let rows = try add(Slice(parts: parts), node, [value], suffix: "_margin")
    return try add(Filled(-Double(Float.greatestFiniteMagnitude)), node, [rows], suffix: "_lowest")
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

  mutating func readReduction(_ node: ReadNode) throws -> ReadValue {
    var input = try materialized(try value(node, 0), node.name)
    let listed = try wholeNumbers(node, "axes", orInput: 1)
    let rank = input.order.count + 1
    let axes = Set((listed ?? []).map { $0 < 0 ? $0 + rank : $0 })
    let keepdims = node.int("keepdims") ?? 1 == 1
    guard !axes.isEmpty, axes.allSatisfy((1..<rank).contains), keepdims || axes.count < rank - 1 else {
      throw unsupported(node, "the axes \(listed ?? [])")
    }
    let own = axes.map { input.order[$0 - 1] }.sorted()
    let isNorm = node.operation == "ReduceL2"
    if isNorm { input = try add(Elementwise(.square), node, [input], suffix: "_square") }
    var result = try add(
      reduction(node, own, keepdims, of: input.shape), node, [input], suffix: isNorm ? "_sum" : "")
    if !keepdims {
      let left = input.order.filter { !own.contains($0) }
      result.order = left.map { axis in axis - own.count { $0 < axis } }
    }
    return isNorm ? try add(Elementwise(.squareRoot), node, [result]) : result
  }

  /// Over rows and columns: a pooling of the whole map.
  private func reduction(_ node: ReadNode, _ axes: [Int], _ keepdims: Bool, of shape: Shape) -> any LayerKind
  {
    let isOfMaps = shape.rank == 3 && axes == [0, 1]
    return switch node.operation {
    case "ReduceMean":
      isOfMaps ? GlobalAveragePooling2D(keepdims: keepdims) : Reduce(.mean, axes: axes, keepdims: keepdims)
    case "ReduceMax":
      isOfMaps ? GlobalMaxPooling2D(keepdims: keepdims) : Reduce(.maximum, axes: axes, keepdims: keepdims)
    case "ReduceMin": Reduce(.minimum, axes: axes, keepdims: keepdims)
    default: Reduce(.sum, axes: axes, keepdims: keepdims)
    }
  }
}
