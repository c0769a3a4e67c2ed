import ZooGraph

extension KerasOperation {
  static let slicing: [String: OperationReader] = [
    "get_item": getItem, "split": split, "unstack": unstack, "flip": flip, "flip_left_right": flipped(1),
    "flip_up_down": flipped(0),
  ]

  /// `x[:, 1:-1, ::2, None, …]`.
  private static func getItem(_ read: inout Reading) throws(UnknownLayer) -> ConfigLayer {
    let given = read.argument("slice_spec", "key") ?? (read.arguments.count > 1 ? read.arguments[1] : nil)
    guard let given else { throw read.unknown("it does not tell what it takes") }
    if case .list(let counts)? = read.arguments.first { return .known(try item(given, of: counts, read)) }
    let keys: [Argument] = if case .list(let keys) = given { keys } else { [given] }
    // With the batch as the first axis.
    let counts = [Int.max] + read.input.dimensions
    let taken = keys.filter { !$0.isNull && $0 != .ellipsis }.count
    guard taken <= counts.count, keys.filter({ $0 == .ellipsis }).count <= 1 else {
      throw read.unknown("it takes more axes than there are")
    }
    var parts: [Slice.Part] = []
    var shape: [Int] = []
    var axis = 0
    func takeWhole() {
      defer { axis += 1 }
      guard axis > 0 else { return }
      parts.append(Slice.Part(start: 0, count: counts[axis]))
      shape.append(counts[axis])
    }
    for key in keys {
      switch key {
      case .ellipsis: for _ in 0..<counts.count - taken { takeWhole() }
      case .value(.null):
        guard axis > 0 else { throw read.unknown("a new axis before the batch is not supported") }
        shape.append(1)
      case .slice(nil, nil, nil): takeWhole()
      case .slice(let start, let stop, let step) where axis > 0:
        let part = try part(start, stop, step ?? 1, of: counts[axis], read)
        parts.append(part)
        shape.append(part.count)
        axis += 1
      case .value(.number(let number)) where axis > 0 && number.rounded() == number && abs(number) < 1e9:
        let index = Int(number) < 0 ? Int(number) + counts[axis] : Int(number)
        guard (0..<counts[axis]).contains(index) else {
          throw read.unknown("index \(Int(number)) is out of bounds")
        }
        parts.append(Slice.Part(start: index, count: 1, isDropped: true))
        axis += 1
      default:
        throw read.unknown("it takes a part of the batch, or of an axis in a way that is not supported")
      }
    }
    while axis < counts.count { takeWhole() }
    let slice = Slice(parts: parts)
    let reshaped = shape != parts.filter { !$0.isDropped }.map(\.count)
    return reshaped ? .chain([slice, Reshape(targetShape: Shape(shape))]) : .layer(slice)
  }

  /// One of the numbers of a tensor's shape, or some.
  private static func item(
    _ given: Argument, of counts: [Argument], _ read: Reading
  ) throws(UnknownLayer) -> Argument {
    var key = given
    if case .list(let keys) = given, keys.count == 1 { key = keys[0] }
    switch key {
    case .value(.number(let number)):
      let index = Int(exactly: number).map { $0 < 0 ? $0 + counts.count : $0 }
      guard let index, counts.indices.contains(index) else {
        throw read.unknown("index \(number) is out of bounds")
      }
      return counts[index]
    case .slice(let start, let stop, let step):
      let part = try part(start, stop, step ?? 1, of: counts.count, read)
      return .list((0..<part.count).map { counts[part.start + $0 * part.step] })
    case .tensor, .value, .array, .list, .ellipsis, .batch:
      throw read.unknown("what it takes of a shape is not supported")
    }
  }

  /// As Python counts.
  private static func part(
    _ start: Int?, _ stop: Int?, _ step: Int, of count: Int, _ read: Reading
  ) throws(UnknownLayer) -> Slice.Part {
    guard step != 0, abs(step) <= count || step > 0 else {
      throw read.unknown("a step of \(step) is not supported")
    }
    func bound(_ value: Int?, _ standard: Int) -> Int {
      guard let value else { return standard }
      let own = value < 0 ? value + count : value
      return step > 0 ? min(max(own, 0), count) : min(max(own, -1), count - 1)
    }
    let first = bound(start, step > 0 ? 0 : count - 1)
    let end = bound(stop, step > 0 ? count : -1)
    let steps = step > 0 ? (end - first + step - 1) / step : (first - end - step - 1) / -step
    guard steps > 0 else { throw read.unknown("nothing is left of an axis of \(count)") }
    return Slice.Part(start: first, count: steps, step: step)
  }

  private static func split(_ read: inout Reading) throws(UnknownLayer) -> ConfigLayer {
    let isTensorFlow = !read.operation.isOfKeras3
    let axis = try read.axes("axis", rank: read.input.rank, standard: isTensorFlow ? nil : [-1])[0]
    let count = read.input.dimensions[axis]
    guard let numbers = try read.wholeNumbers("indices_or_sections", "num_or_size_splits") else {
      throw read.unknown("it does not tell its parts")
    }
    let isList = read.operation.isList("indices_or_sections", "num_or_size_splits")
    var sizes: [Int]
    if !isList {
      guard numbers[0] > 0, numbers[0] <= 4_096, count.isMultiple(of: numbers[0]) else {
        throw read.unknown("\(numbers[0]) parts do not divide \(count)")
      }
      sizes = Array(repeating: count / numbers[0], count: numbers[0])
    } else if isTensorFlow {
      sizes = numbers
    } else {
      // Where the parts begin.
      let bounds = [0] + numbers + [count]
      sizes = zip(bounds, bounds.dropFirst()).map { $1 - $0 }
    }
    guard sizes.allSatisfy({ $0 > 0 }), sizes.reduce(0, +) == count else {
      throw read.unknown("parts of \(sizes) do not make \(count)")
    }
    var start = 0
    return .parts(
      sizes.map { size in
        defer { start += size }
        return [part(start..<start + size, of: axis, read.input, isDropped: false)]
      })
  }

  private static func unstack(_ read: inout Reading) throws(UnknownLayer) -> ConfigLayer {
    let isTensorFlow = !read.operation.isOfKeras3
    let axis = try read.axes("axis", rank: read.input.rank, standard: isTensorFlow ? nil : [-1])[0]
    _ = read.argument("num")
    guard read.input.dimensions[axis] <= 4_096 else { throw read.unknown("has more than 4096 parts") }
    return .parts(
      (0..<read.input.dimensions[axis]).map { [part($0..<$0 + 1, of: axis, read.input, isDropped: true)] })
  }

  private static func part(_ range: Range<Int>, of axis: Int, _ shape: Shape, isDropped: Bool) -> Slice {
    Slice(
      parts: shape.dimensions.enumerated().map {
        $0 == axis
          ? Slice.Part(start: range.lowerBound, count: range.count, isDropped: isDropped)
          : Slice.Part(start: 0, count: $1)
      })
  }

  private static func flip(_ read: inout Reading) throws(UnknownLayer) -> ConfigLayer {
    .layer(Slice(flipping: try read.axes("axis", rank: read.input.rank), of: read.input))
  }

  private static func flipped(_ axis: Int) -> OperationReader {
    { (read) throws(UnknownLayer) in
      guard read.input.rank == 3 else { throw read.unknown("takes a map, found \(read.input)") }
      return .layer(Slice(flipping: [axis], of: read.input))
    }
  }
}

extension KerasOperation {
  /// Whether an argument was a list, though it may be of one number.
  func isList(_ keys: String...) -> Bool {
    keys.contains { key in
      if case .array? = node.config[key] { return true }
      if case .list? = node.call.keywords[key] { return true }
      if case .value(.array)? = node.call.keywords[key] { return true }
      return false
    }
  }
}

extension Slice {
  fileprivate init(flipping axes: [Int], of shape: Shape) {
    self.init(
      parts: shape.dimensions.enumerated().map {
        axes.contains($0) ? Part(start: $1 - 1, count: $1, step: -1) : Part(start: 0, count: $1)
      })
  }
}
