import ZooGraph

extension KerasOperation {
  static let pooling: [String: OperationReader] = ["max_pool": maxPool, "average_pool": averagePool]

  private static func maxPool(_ read: inout Reading) throws(UnknownLayer) -> ConfigLayer {
    let (size, strides, padding) = try read.window()
    return .layer(MaxPooling2D(poolSize: size, strides: strides, padding: padding))
  }

  private static func averagePool(_ read: inout Reading) throws(UnknownLayer) -> ConfigLayer {
    let (size, strides, padding) = try read.window()
    return .layer(AveragePooling2D(poolSize: size, strides: strides, padding: padding))
  }
}

extension KerasOperation.Reading {
  /// Keras' names first, then TensorFlow's.
  fileprivate mutating func window() throws(UnknownLayer) -> (Size2D, Size2D, Padding) {
    try expectChannelsLast()
    guard input.rank == 3 else { throw unknown("takes a map, found \(input)") }
    guard let size = try size("pool_size", "ksize") else { throw unknown("it does not tell its window") }
    let strides = try self.size("strides") ?? size
    let name = try string("padding", "valid").lowercased()
    guard let padding = Padding(rawValue: name) else {
      throw unknown("the padding '\(name)' is not supported")
    }
    return (size, strides, padding)
  }

  /// One number for both, one for each, or as TensorFlow has it with ones for batch and channels.
  private mutating func size(_ keys: String...) throws(UnknownLayer) -> Size2D? {
    for key in keys {
      guard let numbers = try wholeNumbers(key) else { continue }
      switch numbers.count {
      case 1: return Size2D(numbers[0])
      case 2: return Size2D(numbers[0], numbers[1])
      case 4 where numbers[0] == 1 && numbers[3] == 1: return Size2D(numbers[1], numbers[2])
      default: throw unknown("'\(key)' \(numbers) is not supported")
      }
    }
    return nil
  }
}
