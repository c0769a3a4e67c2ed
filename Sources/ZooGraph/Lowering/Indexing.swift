/// A dimension of a tensor: how many steps there are, and how far apart in memory they are.
public struct Axis: Sendable, Hashable {
  /// Places.
  public var count: Int
  /// Values from one place to the next.
  public var stride: Int

  /// Of so many places, so far from each other.
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
  /// Of the result, each with its stride in the source.
  public var axes: [Axis]
  /// Of the result's first value in the source.
  public var offset: Int

  /// - Parameter offset: the first value that is taken.
  public init(_ axes: [Axis], offset: Int = 0) {
    self.axes = axes
    self.offset = offset
  }
}

/// Numbers of two tensors taken together: the result's dimensions, and how far apart each step is in the two. 0 repeats.
public struct Broadcast: Sendable, Hashable {
  /// How the result's places are found in the first operand.
  public var first: [Axis]
  /// How the result's places are found in the second operand.
  public var second: [Axis]
}

/// A function of two values.
public enum BinaryFunction: String, Sendable, Codable, CaseIterable {
  /// Named as in Keras' `ops`.
  case add, subtract, multiply, divide, power, maximum, minimum
}

/// The result has the values of the `kept` dimensions, each made of all those along the `reduced` ones.
public struct Reduction: Sendable, Hashable {
  /// What becomes of the values that fall together.
  public enum Function: String, Sendable, Codable, CaseIterable {
    /// Named as in Keras' `ops`.
    case sum, mean, maximum, minimum, product
  }

  /// What becomes of the values that fall together.
  public var function: Function
  /// The axes of the result.
  public var kept: [Axis]
  /// The axes that fall together.
  public var reduced: [Axis]
}

/// Brings groups of values to a common size: for every step along `groups`, all those along `members` together.
public struct Moments: Sendable, Hashable {
  /// What the values of a group are divided by and freed of.
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

  /// What is done to the values of a group.
  public var function: Function
  /// The axes whose places are each a group.
  public var groups: [Axis]
  /// The axes within a group.
  public var members: [Axis]
  /// Added to the variance.
  public var epsilon: Double
}

/// Softmax and its relatives.
public enum SoftmaxFunction: String, Sendable, Codable, CaseIterable {
  /// The softmax, its logarithm, and the projection that gives zeros as well.
  case softmax, logSoftmax, sparsemax
}
