/// How a network's output tells classes.
public enum ClassOutput: Sendable, Equatable {
  /// A value for each class.
  case perClass(Int)
  /// One unit with a sigmoid: the probability of the second of two classes, as models are that Keras fits with
  /// `label_mode="binary"`.
  case secondOfTwo

  /// How many classes are told.
  public var classCount: Int {
    switch self {
    case .perClass(let count): count
    case .secondOfTwo: 2
    }
  }

  /// A value for each class.
  public func values(of output: UnsafeBufferPointer<Float>) -> [Float] {
    switch self {
    case .perClass: Array(output)
    case .secondOfTwo: output.flatMap { [1 - $0, $0] }
    }
  }
}

extension ResolvedGraph {
  /// - Parameter labels: how many names of classes there are. With one, a single unit decides on that class alone.
  public func classOutput(labels: Int?) -> ClassOutput {
    let count = outputShape.elementCount ?? 0
    return count == 1 && outputActivation == .sigmoid && labels != 1 ? .secondOfTwo : .perClass(count)
  }
}
