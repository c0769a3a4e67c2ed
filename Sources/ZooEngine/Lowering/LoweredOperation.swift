import ZooGraph

/// Names the result of one operation.
typealias ValueID = Int

/// The size of a map. Every tensor is seen as one: a vector is 1×1×channels, leading dimensions beyond three
/// count as rows. The row-major order of the values is the same in both views.
struct Extent: Sendable, Hashable {
  var height: Int
  var width: Int
  var channels: Int

  init(_ height: Int, _ width: Int, _ channels: Int) {
    self.height = height
    self.width = width
    self.channels = channels
  }

  init(_ shape: Shape) {
    let dimensions = shape.dimensions
    channels = dimensions.last ?? 1
    width = dimensions.count >= 3 ? dimensions[dimensions.count - 2] : 1
    // Exact: shape inference has bounded the product.
    height = dimensions.dropLast(dimensions.count >= 3 ? 2 : 1).reduce(1, *)
  }

  var elementCount: Int { height * width * channels }
  var size: Size2D { Size2D(height, width) }
}

/// A per-channel `x · scale + shift`, by where its numbers come from.
enum ChannelAffine: Sendable, Equatable {
  case batchNormalization(layer: String, BatchNormalization)
  case constant(scale: Double, shift: Double)
}

/// A convolution in any of Keras' forms.
struct Convolution: Sendable, Equatable {
  /// Whose kernel and bias it uses.
  var layer: String
  /// Which of the layer's weights is the kernel.
  var kernel = "kernel"
  var kernelSize: Size2D
  var strides: Size2D
  var dilation: Size2D
  /// Rows and columns of zeros around the input.
  var margins: Margins
  var groups: Int
  var filters: Int
  var depthwise: Bool
  var useBias: Bool
  /// Folded into kernel and bias, first to last.
  var affine: [ChannelAffine] = []

  /// Names it among all convolutions of a network.
  var name: WeightName { WeightName(layer, kernel) }
}

/// A matrix product with the input in height, width, channel order.
struct DenseProduct: Sendable, Equatable {
  var layer: String
  var units: Int
  var useBias: Bool

  /// Its kernel.
  var name: WeightName { WeightName(layer, "kernel") }
  /// Folded into kernel and bias, first to last.
  var affine: [ChannelAffine] = []
}

/// A pooling with a window.
struct Pooling: Sendable, Equatable {
  enum Mode: Sendable, Equatable {
    /// Padding never wins.
    case maximum
    /// Padding counts as zeros.
    case maximumWithZeros
    /// Padding does not count.
    case averageOfPixels
    /// Padding counts as zeros.
    case averageWithPadding
  }

  var mode: Mode
  var window: Size2D
  var strides: Size2D
  var margins: Margins
}

/// What happens to each value of a result before it is stored.
enum EpilogueStep: Sendable, Equatable {
  case activation(ActivationFunction)
  /// Plus the operation's input number `input`, of the result's shape.
  case add(input: Int)
}

/// One step of a lowered network.
struct LoweredOperation: Sendable, Equatable {
  enum Kind: Sendable, Equatable {
    /// The pictures, preprocessed.
    case input(Preprocessing)
    case convolution(Convolution)
    case dense(DenseProduct)
    case affine([ChannelAffine])
    case activation(ActivationFunction)
    case softmax
    case pad(Margins)
    case pool(Pooling)
    /// The sum of two inputs.
    case add
    /// The product of two inputs; the second may be 1×1.
    case multiply
    case concatenate
    /// The same values in height, width, channel order as another map.
    case reshape
    /// The layer's output is its input.
    case identity
  }

  /// The value it gives.
  var id: ValueID
  /// The Keras layers it does the work of, in order.
  var layers: [String]
  var kind: Kind
  var inputs: [ValueID]
  var extent: Extent
  var epilogue: [EpilogueStep] = []
}

/// A network as a list of operations, each after its inputs.
struct LoweredGraph: Sendable, Equatable {
  var operations: [LoweredOperation]
  /// The values asked for, in order.
  var outputs: [ValueID]

  /// The position of the operation that gives each value.
  var positions: [ValueID: Int] {
    Dictionary(uniqueKeysWithValues: operations.enumerated().map { ($1.id, $0) })
  }

  /// How often each value is used, as an input or as an output of the network.
  var useCounts: [ValueID: Int] {
    var counts: [ValueID: Int] = [:]
    for operation in operations {
      for input in operation.inputs { counts[input, default: 0] += 1 }
    }
    for output in outputs { counts[output, default: 0] += 1 }
    return counts
  }

  init(operations: [LoweredOperation], outputs: [ValueID]) {
    self.operations = operations
    self.outputs = outputs
  }

  /// Drops the operations that lead to no output.
  mutating func removeUnused() {
    var needed = Set(outputs)
    for operation in operations.reversed() where needed.contains(operation.id) {
      needed.formUnion(operation.inputs)
    }
    operations.removeAll { !needed.contains($0.id) }
  }
}
