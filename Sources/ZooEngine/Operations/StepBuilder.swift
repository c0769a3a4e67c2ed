import ZooGraph

/// What turns operations into steps: for predicting (``PlanBuilder``) or for training (``TrainingBuilder``). The steps of
/// an operation are the same for both.
protocol StepBuilder {
  var device: OneDNN { get }
  var batch: Int { get }

  /// A new buffer for a tensor that lies as `descriptor` says.
  mutating func newLocation(_ descriptor: MemoryDescriptor) -> Location

  /// A primitive with its scratchpad, for the operation being emitted.
  mutating func step(_ descriptor: PrimitiveDescriptor, _ operands: [(Argument, Location)])
    throws(EngineError)

  /// A step of our own, for the operation being emitted.
  mutating func step(_ kernel: some HostKernel, _ places: [Location])
}

/// An operation on tensors that lie in row-major order, picture by picture.
protocol PlainOperation: Sendable {
  /// Computes the result.
  func emit<Builder: StepBuilder>(
    _ sources: [Location], to target: Location, in builder: inout Builder
  ) throws(EngineError)

  /// Computes the gradient with respect to input number `input` from the result's.
  ///
  /// - Parameters:
  ///   - result: what ``emit(_:to:in:)`` gave.
  ///   - target: of the input's shape; its contents are undefined.
  func emitGradient<Builder: StepBuilder>(
    of input: Int, _ gradient: Location, _ sources: [Location], _ result: Location, to target: Location,
    in builder: inout Builder
  ) throws(EngineError)
}

extension LoweredOperation {
  /// The operation as one on plain tensors; `nil` where there is a way of its own.
  ///
  /// - Parameter inputs: the shapes of the inputs.
  func plain(_ inputs: [Shape]) -> (any PlainOperation)? {
    switch kind {
    case .activation(let function) where function.elementwise.isEmpty:
      PointwiseOperation(function, count: shape.elementCount ?? 0)
    case .elementwise(let function): PointwiseOperation(function, count: shape.elementCount ?? 0)
    case .softmax(.logSoftmax): LogSoftmaxOperation(extent)
    case .softmax(.sparsemax): SparsemaxOperation(extent)
    case .binary(let function, let broadcast): BinaryOperation(function, broadcast, inputs)
    case .join(let outer): JoinOperation(outer: outer, inputs)
    case .rearrange(let rearrangement): RearrangeOperation(rearrangement, inputs[0])
    case .reduce(let reduction): ReduceOperation(reduction, inputs[0])
    case .normalize(let moments): NormalizeOperation(moments, inputs[0])
    case .matrixProduct(let product): MatrixProductOperation(product)
    case .resize(let rows, let columns):
      ResizeOperation(
        rows: rows, columns: columns, height: inputs[0].height, width: inputs[0].width, shape.channels)
    case .input, .convolution, .transposedConvolution, .dense, .affine, .activation, .softmax(.softmax), .pad,
      .pool, .add,
      .multiply, .concatenate, .reshape, .lookUp, .weight, .constant, .dropout, .identity:
      nil
    }
  }
}
