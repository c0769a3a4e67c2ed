/// A dimension of a tensor: how many steps there are, and how far apart in memory they are.
public struct Axis: Sendable, Hashable {
  public var count: Int
  public var stride: Int

  public init(_ count: Int, stride: Int) {
    self.count = count
    self.stride = stride
  }
}

extension Shape {
  /// The dimensions as they lie in row-major order.
  public var axes: [Axis] {
    var stride = 1
    var axes: [Axis] = []
    for count in dimensions.reversed() {
      axes.append(Axis(count, stride: stride))
      stride *= count
    }
    return axes.reversed()
  }
}

/// A result whose values are read from its source in another order: transposed, reversed, cut out, repeated.
///
/// The result's dimensions are `axes`, whose strides count in the source; 0 repeats.
public struct Rearrangement: Sendable, Hashable {
  public var axes: [Axis]
  /// Of the result's first value in the source.
  public var offset: Int

  public init(_ axes: [Axis], offset: Int = 0) {
    self.axes = axes
    self.offset = offset
  }
}

/// Numbers of two tensors taken together: the result's dimensions, and how far apart each step is in the two. 0 repeats.
public struct Broadcast: Sendable, Hashable {
  public var first: [Axis]
  public var second: [Axis]
}

public enum BinaryFunction: String, Sendable, Codable, CaseIterable {
  case add, subtract, multiply, divide, power, maximum, minimum
}

/// The result has the values of the `kept` dimensions, each made of all those along the `reduced` ones.
public struct Reduction: Sendable, Hashable {
  public enum Function: String, Sendable, Codable, CaseIterable {
    case sum, mean, maximum, minimum, product
  }

  public var function: Function
  public var kept: [Axis]
  public var reduced: [Axis]
}

/// Brings groups of values to a common size: for every step along `groups`, all those along `members` together.
public struct Moments: Sendable, Hashable {
  public enum Function: String, Sendable, Codable {
    /// `(x − mean) / sqrt(variance + epsilon)`.
    case standard
    /// `x / sqrt(variance + epsilon)`: the mean stays.
    case deviation
    /// `x / sqrt(mean of squares + epsilon)`.
    case rootMeanSquare
    /// `x / sqrt(max(sum of squares, epsilon))`.
    case unitLength
  }

  public var function: Function
  public var groups: [Axis]
  public var members: [Axis]
  public var epsilon: Double
}

/// Softmax and its relatives.
public enum SoftmaxFunction: String, Sendable, Codable, CaseIterable {
  case softmax, logSoftmax, sparsemax
}
