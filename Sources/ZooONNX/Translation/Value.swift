import ZooGraph

/// Names a tensor of the graph while it is being made; names are given at the end.
typealias TensorID = Int

/// The result of an operation, and how it lies.
struct Value {
  indirect enum Source {
    /// A tensor whose axes lie in the given order.
    case tensor(TensorID, order: [Int])
    /// Numbers that are part of the model, in Keras' order; written as they are wanted.
    case numbers(TensorView)
    /// The values of a map as a vector. A product can take them as they lie.
    case flattened(Value)
  }

  var source: Source
  /// As in Keras, without the batch.
  var shape: Shape
  /// Whether it has a batch; else it is the same for all pictures, and its batch is 1.
  var isBatched = true

  /// How the axes lie, or would.
  var order: [Int] {
    switch source {
    case .tensor(_, let order): order
    case .numbers, .flattened: AxisOrder.natural(shape.rank)
    }
  }
}
