/// Names the result of one operation.
public typealias ValueID = Int

/// What happens to each value of a result before it is stored.
public enum EpilogueStep: Sendable, Equatable {
  /// A function of each value.
  case activation(ActivationFunction)
  /// Plus the operation's input number `input`, of the result's shape.
  case add(input: Int)
}

/// One step of a network in the few operations that all layers are made of.
///
/// Values lie in row-major order of their shapes; a map is height × width × channels.
public struct LoweredOperation: Sendable, Equatable {
  /// What is computed.
  public enum Kind: Sendable, Equatable {
    /// The pictures, preprocessed.
    case input(Preprocessing)
    /// A convolution with a kernel.
    case convolution(Convolution)
    /// What the gradient of a convolution with respect to its source is: Keras' Conv2DTranspose without its bias.
    case transposedConvolution(Convolution)
    /// A product with a matrix of weights.
    case dense(DenseProduct)
    /// A factor and a summand for each channel, one step after the other.
    case affine([ChannelAffine])
    /// A function of each value, as layers have it.
    case activation(ActivationFunction)
    /// A function of each value, as operations have it.
    case elementwise(ElementwiseFunction)
    /// Softmax and its like: of the values of all channels of a pixel.
    case softmax(SoftmaxFunction)
    /// Zeros around a map. Margins below zero take rows and columns away, which an engine may make of a rearrangement.
    case pad(Margins)
    /// The greatest or the mean value of each window.
    case pool(PoolingWindow)
    /// The sum of two inputs of one shape.
    case add
    /// The product of two inputs of one shape; the second may be a 1×1 map.
    case multiply
    /// Two inputs, value by value, with repetition.
    case binary(BinaryFunction, Broadcast)
    /// Side by side along the channels.
    case concatenate
    /// One behind the other: `outer` times a stretch of each input.
    case join(outer: Int)
    /// The same values in the same order with another shape.
    case reshape
    /// The same values in other places.
    case rearrange(Rearrangement)
    /// Fewer values, each of several.
    case reduce(Reduction)
    /// Values freed of their groups' mean and spread.
    case normalize(Moments)
    /// A product of two values.
    case matrixProduct(MatrixProduct)
    /// A map of another size.
    case resize(rows: Resampling, columns: Resampling)
    /// Rows of a weight, by their numbers.
    case lookUp(WeightName, rows: Int)
    /// A weight, the same for every picture.
    case weight(WeightName)
    /// Numbers, the same for every picture.
    case constant([Float])
    /// Sets values to zero at random while training.
    /// While training, of values of a shape; `noise` has 1 along axes whose values share their fate.
    case dropout(rate: Double, shape: Shape, noise: Shape)
    /// The layer's output is its input.
    case identity
  }

  /// The value it gives.
  public var id: ValueID
  /// The Keras layers it does the work of, in order.
  public var layers: [String]
  /// What is computed.
  public var kind: Kind
  /// The values that it takes.
  public var inputs: [ValueID]
  /// Of the result, for one picture.
  public var shape: Shape
  /// What is done to the result at once.
  public var epilogue: [EpilogueStep] = []

  /// An operation without epilogue.
  public init(id: ValueID, layers: [String], kind: Kind, inputs: [ValueID], shape: Shape) {
    self.id = id
    self.layers = layers
    self.kind = kind
    self.inputs = inputs
    self.shape = shape
  }
}

/// A network as a list of operations, each after its inputs.
public struct LoweredGraph: Sendable, Equatable {
  /// In an order in which each comes after its inputs.
  public var operations: [LoweredOperation]
  /// The values asked for, in order.
  public var outputs: [ValueID]

  /// - Parameter outputs: the values asked for, in order.
  public init(operations: [LoweredOperation], outputs: [ValueID]) {
    self.operations = operations
    self.outputs = outputs
  }

  /// The position of the operation that gives each value.
  public var positions: [ValueID: Int] {
    Dictionary(uniqueKeysWithValues: operations.enumerated().map { ($1.id, $0) })
  }

  /// How often each value is used, as an input or as an output of the network.
  public var useCounts: [ValueID: Int] {
    var counts: [ValueID: Int] = [:]
    for operation in operations {
      for input in operation.inputs { counts[input, default: 0] += 1 }
    }
    for output in outputs { counts[output, default: 0] += 1 }
    return counts
  }

  /// Drops the operations that lead to no output.
  public mutating func removeUnused() {
    var needed = Set(outputs)
    for operation in operations.reversed() where needed.contains(operation.id) {
      needed.formUnion(operation.inputs)
    }
    operations.removeAll { !needed.contains($0.id) }
  }
}
