import ZooGraph

extension KerasOperation {
  static let reshaping: [String: OperationReader] = [
    "reshape": reshape, "transpose": transpose, "expand_dims": expand, "squeeze": squeeze,
    "concatenate": concatenate, "swapaxes": swapaxes, "moveaxis": moveaxis, "pad": pad,
    "resize": resize, "depth_to_space": depthToSpace, "space_to_depth": spaceToDepth, "repeat": repeated,
    "tile": tile,
    "broadcast_to": broadcast, "ones_like": like(1), "zeros_like": like(0),
    "cumsum": cumulativeSum, "grayscale_to_rgb": grayscaleToRGB,
  ]

  /// The shape begins with the batch: −1, or what a tensor's shape gave.
  private static func reshape(_ read: inout Reading) throws(UnknownLayer) -> ConfigLayer {
    guard let argument = read.argument("newshape", "shape", "tensor_shape") else {
      throw read.unknown("it does not tell its shape")
    }
    let parts: [Argument]
    switch argument {
    case .list(let list): parts = list
    case .value(.array(let list)): parts = list.map { .value($0) }
    case .tensor, .value, .array, .slice, .ellipsis, .batch: throw read.unknown("its shape is not supported")
    }
    guard let batch = parts.first else { throw read.unknown("its shape has no batch") }
    var rest: [Int] = []
    for part in parts.dropFirst() {
      guard let number = part.number.flatMap({ Int(exactly: $0) }) else {
        throw read.unknown("its shape depends on a tensor in an axis that is not the batch's")
      }
      rest.append(number)
    }
    let isOpen = batch.number == -1 || batch.isNull || batch == .batch
    guard isOpen, batch.number != -1 || !rest.contains(-1) else {
      throw read.unknown("the batch must stay what it is")
    }
    if let open = rest.firstIndex(of: -1), let count = read.input.elementCount {
      let known = elementCountOf(rest.enumerated().filter { $0.offset != open }.map(\.element)) ?? 0
      guard known > 0, count.isMultiple(of: known) else {
        throw read.unknown("the shape \(rest) does not fit")
      }
      rest[open] = count / known
    }
    return .layer(Reshape(targetShape: Shape(rest)))
  }

  private static func transpose(_ read: inout Reading) throws(UnknownLayer) -> ConfigLayer {
    try read.expect("conjugate", false)
    guard let axes = try read.wholeNumbers("axes", "perm") else {
      throw read.unknown("without axes it would exchange the batch")
    }
    let rank = read.input.rank
    let counted = axes.map { $0 < 0 ? $0 + rank + 1 : $0 }
    guard counted.first == 0 else { throw read.unknown("the batch must stay the first axis") }
    return .layer(Permute(axes: counted.dropFirst().map { $0 - 1 }))
  }

  private static func swapaxes(_ read: inout Reading) throws(UnknownLayer) -> ConfigLayer {
    let rank = read.input.rank
    let (first, second) = (
      try read.axes("axis1", rank: rank)[0], try read.axes("axis2", rank: rank)[0]
    )
    var axes = Array(0..<rank)
    axes.swapAt(first, second)
    return .layer(Permute(axes: axes))
  }

  private static func moveaxis(_ read: inout Reading) throws(UnknownLayer) -> ConfigLayer {
    let rank = read.input.rank
    let sources = try read.axes("source", rank: rank)
    let targets = try read.axes("destination", rank: rank)
    guard sources.count == targets.count else {
      throw read.unknown("moves \(sources.count) axes to \(targets.count)")
    }
    var axes = (0..<rank).filter { !sources.contains($0) }
    for (target, source) in zip(targets, sources).sorted(by: { $0.0 < $1.0 }) {
      axes.insert(source, at: min(target, axes.count))
    }
    return .layer(Permute(axes: axes))
  }

  private static func expand(_ read: inout Reading) throws(UnknownLayer) -> ConfigLayer {
    let axis = try read.axes("axis", rank: read.input.rank + 1)[0]
    var shape = read.input.dimensions
    shape.insert(1, at: axis)
    return .layer(Reshape(targetShape: Shape(shape)))
  }

  private static func squeeze(_ read: inout Reading) throws(UnknownLayer) -> ConfigLayer {
    let shape = read.input.dimensions
    let ones = shape.indices.filter { shape[$0] == 1 }
    let axes = try read.axes("axis", "squeeze_dims", rank: shape.count, standard: ones.map { $0 + 1 })
    guard axes.allSatisfy({ shape[$0] == 1 }) else { throw read.unknown("an axis has more than one step") }
    return .layer(
      Reshape(targetShape: Shape(shape.indices.filter { !axes.contains($0) }.map { shape[$0] })))
  }

  private static func concatenate(_ read: inout Reading) throws(UnknownLayer) -> ConfigLayer {
    let axis = try read.axes("axis", rank: read.input.rank)[0]
    return .call(Concatenate(axis: axis == read.input.rank - 1 ? nil : axis), read.arguments)
  }

  /// Zeros around rows and columns, which is what image models pad.
  private static func pad(_ read: inout Reading) throws(UnknownLayer) -> ConfigLayer {
    let mode = try read.string("mode", "constant").lowercased()
    guard mode == "constant" else { throw read.unknown("the mode '\(mode)' is not supported") }
    try read.expect("constant_values", 0)
    guard let widths = read.argument("pad_width", "paddings")?.json?.array else {
      throw read.unknown("it does not tell how much")
    }
    let pairs = widths.map { pair in (pair.array ?? []).compactMap { $0.number.flatMap { Int(exactly: $0) } }
    }
    guard pairs.count == 4, pairs.allSatisfy({ $0.count == 2 }), pairs[0] == [0, 0], pairs[3] == [0, 0] else {
      throw read.unknown("only rows and columns of maps can be padded")
    }
    return .layer(
      ZeroPadding2D(
        padding: Margins(top: pairs[1][0], bottom: pairs[1][1], left: pairs[2][0], right: pairs[2][1])))
  }

  private static func resize(_ read: inout Reading) throws(UnknownLayer) -> ConfigLayer {
    try read.expectChannelsLast()
    for key in ["antialias", "crop_to_aspect_ratio", "pad_to_aspect_ratio", "preserve_aspect_ratio"] {
      try read.expect(key, false)
    }
    for key in ["fill_mode", "fill_value"] { _ = read.argument(key) }
    let first = try read.string("interpolation", "bilinear")
    let name = try read.string("method", first)
    guard let interpolation = Interpolation(rawValue: name) else {
      throw read.unknown("the interpolation '\(name)' is not supported")
    }
    guard let size = try read.wholeNumbers("size"), size.count == 2 else {
      throw read.unknown("it does not tell its size")
    }
    return .layer(Resizing(height: size[0], width: size[1], interpolation: interpolation))
  }

  private static func grayscaleToRGB(_ read: inout Reading) throws(UnknownLayer) -> ConfigLayer {
    guard read.input.rank == 3, read.input.channels == 1 else {
      throw read.unknown("takes a map of one channel, found \(read.input)")
    }
    return .layer(Tile(axis: 2, count: 3))
  }

  /// Blocks of pixels become blocks of channels.
  private static func spaceToDepth(_ read: inout Reading) throws(UnknownLayer) -> ConfigLayer {
    try read.expectChannelsLast()
    let size = try read.blockSize()
    let input = read.input
    guard input.rank == 3, input.height.isMultiple(of: size), input.width.isMultiple(of: size) else {
      throw read.unknown("blocks of \(size) do not go into \(input)")
    }
    let (rows, columns) = (input.height / size, input.width / size)
    return .chain([
      Reshape(targetShape: Shape([rows, size, columns, size, input.channels])),
      Permute(axes: [0, 2, 1, 3, 4]),
      Reshape(targetShape: .map(rows, columns, size * size * input.channels)),
    ])
  }

  /// Blocks of channels become blocks of pixels.
  private static func depthToSpace(_ read: inout Reading) throws(UnknownLayer) -> ConfigLayer {
    try read.expectChannelsLast()
    let size = try read.blockSize()
    let input = read.input
    guard input.rank == 3, input.channels.isMultiple(of: size * size) else {
      throw read.unknown("blocks of \(size) do not go into \(input)")
    }
    let (rows, columns, channels) = (input.height, input.width, input.channels / (size * size))
    return .chain([
      Reshape(targetShape: Shape([rows, columns, size, size, channels])),
      Permute(axes: [0, 2, 1, 3, 4]),
      Reshape(targetShape: .map(rows * size, columns * size, channels)),
    ])
  }

  /// Each step of an axis several times.
  private static func repeated(_ read: inout Reading) throws(UnknownLayer) -> ConfigLayer {
    let axis = try read.axes("axis", rank: read.input.rank)[0]
    guard let counts = try read.wholeNumbers("repeats"), counts.count == 1, (1...4_096).contains(counts[0])
    else {
      throw read.unknown("only one number of repeats is supported")
    }
    var shape = read.input.dimensions
    shape.insert(1, at: axis + 1)
    var target = read.input.dimensions
    target[axis] *= counts[0]
    return .chain([
      Reshape(targetShape: Shape(shape)), Tile(axis: axis + 1, count: counts[0]),
      Reshape(targetShape: Shape(target)),
    ])
  }

  private static func tile(_ read: inout Reading) throws(UnknownLayer) -> ConfigLayer {
    guard let counts = try read.wholeNumbers("repeats", "multiples"), counts.count == read.input.rank + 1,
      counts[0] == 1, counts.allSatisfy({ (1...4_096).contains($0) })
    else { throw read.unknown("its repeats are not supported") }
    return .chain(
      counts.dropFirst().enumerated().filter { $0.element > 1 }.map {
        Tile(axis: $0.offset, count: $0.element)
      })
  }

  private static func broadcast(_ read: inout Reading) throws(UnknownLayer) -> ConfigLayer {
    let parts = read.argument("shape").map { (shape) -> [Argument] in
      if case .list(let parts) = shape { parts } else { shape.json?.array?.map { .value($0) } ?? [] }
    }
    guard let parts, parts.count == read.input.rank + 1, [.batch, .value(.null)].contains(parts[0]) else {
      throw read.unknown("its shape is not supported")
    }
    var chain: [any LayerKind] = []
    for (axis, part) in parts.dropFirst().enumerated() {
      guard let count = part.number.flatMap({ Int(exactly: $0) }) else {
        throw read.unknown("its shape is not known")
      }
      if count == read.input.dimensions[axis] { continue }
      guard read.input.dimensions[axis] == 1, count > 0 else {
        throw read.unknown("it does not fit \(read.input)")
      }
      chain.append(Tile(axis: axis, count: count))
    }
    return chain.isEmpty ? .identity : .chain(chain)
  }

  /// Numbers that do not depend on the picture.
  private static func like(_ number: Double) -> OperationReader {
    { (_) throws(UnknownLayer) in .layer(Filled(number)) }
  }

  private static func cumulativeSum(_ read: inout Reading) throws(UnknownLayer) -> ConfigLayer {
    let axis = try read.axes("axis", rank: read.input.rank)[0]
    return .layer(CumulativeSum(axis: axis))
  }
}

extension KerasOperation.Reading {
  fileprivate mutating func blockSize() throws(UnknownLayer) -> Int {
    guard let size = Int(exactly: try number("block_size")), (1...1_024).contains(size) else {
      throw unknown("'block_size' must be a whole number between 1 and 1024")
    }
    return size
  }
}
