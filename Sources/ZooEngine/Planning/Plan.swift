import ConeDNN

/// Names a stretch of memory that steps read and write.
enum BufferID: Hashable, Sendable {
  /// A buffer of the arena, by its number.
  case arena(Int)
  /// Packed weights, by their number in the plan.
  case constant(Int)
  /// The caller's pixels.
  case input
  /// The caller's memory for one of the outputs.
  case output(Int)
}

/// One argument of a step: which one, where it is, how it lies there.
struct Operand: Sendable {
  /// oneDNN's number of the argument.
  var argument: Int32
  var buffer: BufferID
  var descriptor: MemoryDescriptor
}

/// A step that Swift code does. It gets the addresses of its operands, in order.
protocol HostKernel: Sendable {
  /// What a profile calls it.
  var name: String { get }
  func run(_ addresses: UnsafeBufferPointer<UnsafeMutableRawPointer>)
}

/// One step of a plan.
struct Step: Sendable {
  enum Action: Sendable {
    case primitive(Primitive)
    case kernel(any HostKernel)
  }

  /// The Keras layers it does the work of.
  var layers: [String]
  var action: Action
  var operands: [Operand]
  /// Multiplications and additions, where they are what counts.
  var floatingPointOperations = 0

  var implementation: String {
    switch action {
    case .primitive(let primitive): primitive.implementation
    case .kernel(let kernel): kernel.name
    }
  }
}

/// A network made ready for one batch size: code, packed weights, and where in an arena everything goes.
/// Immutable and shared; what changes while it runs is in a ``Session``.
struct Plan: Sendable {
  var batch: Int
  /// How many threads work on a batch together.
  var threads: Int
  var steps: [Step]
  var arena: ArenaPlan
  var constants: [AlignedBuffer]
}
