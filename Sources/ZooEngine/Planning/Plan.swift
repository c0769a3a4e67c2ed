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
  /// `nil` of a step of our own.
  var argument: Argument?
  var buffer: BufferID
  var descriptor: MemoryDescriptor
}

/// A step that Swift code does.
protocol HostKernel: Sendable {
  /// What a profile calls it.
  var name: String { get }

  /// Does one thread's share of the work. `addresses`: of the operands, in order.
  func run(_ addresses: UnsafeBufferPointer<UnsafeMutableRawPointer>, _ share: Share)
}

/// One thread's part of a step.
struct Share: Sendable {
  var part: Int
  var parts: Int

  static let all = Share(part: 0, parts: 1)

  /// The indices below `count` that are this thread's.
  func range(of count: Int) -> Range<Int> { count * part / parts..<count * (part + 1) / parts }
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
  /// What it and the steps beside it that have the same are the parts of.
  var whole: String?

  var implementation: String {
    if let whole { return whole }
    return switch action {
    case .primitive(let primitive): primitive.implementation
    case .kernel(let kernel): kernel.name
    }
  }

  /// Whether it and `other` do parts of one thing.
  func isPart(with other: Step) -> Bool { whole != nil && whole == other.whole && layers == other.layers }
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
