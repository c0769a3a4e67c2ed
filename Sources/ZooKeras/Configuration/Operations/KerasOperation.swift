import ZooGraph

/// Reads what an operation is called with.
typealias OperationReader = @Sendable (inout KerasOperation.Reading) throws(UnknownLayer) -> ConfigLayer

/// A function called on tensors: a class of Keras 3's `keras.ops`, or Keras 2's `TFOpLambda` and `SlicingOpLambda`.
struct KerasOperation {
  let node: ConfigNode
  let context: ConfigContext
  /// As `keras.ops` calls it: `true_divide`, `get_item`.
  let name: String
  /// Tensors and constants by position.
  let arguments: [Argument]
  private let named: [String: Argument]

  /// `nil` where the node is a layer.
  init?(_ node: ConfigNode, _ context: ConfigContext) {
    self.node = node
    self.context = context
    var arguments = node.call.arguments
    // A list of tensors as the only argument, as concatenations have it.
    if arguments.count == 1, case .list(let parts) = arguments[0], !arguments[0].tensors.isEmpty {
      arguments = parts
    }
    self.arguments = arguments
    if ["TFOpLambda", "SlicingOpLambda"].contains(node.className) {
      let function = node.config["function"]?.string?.split(separator: ".").last.map(String.init) ?? ""
      name = Self.namesOfTensorFlow[function] ?? function
      named = node.call.keywords
    } else if Self.isOperation(node) {
      let snake = snakeCase(node.className)
      name = Self.namesOfKeras[snake] ?? snake
      named = node.call.keywords.merging(
        node.config.mapValues { Argument(keras3: $0) }, uniquingKeysWith: { call, _ in call })
    } else {
      return nil
    }
  }

  /// The `.h5` of Keras 3 leaves the module out. Some operations are called as layers are, and are the same, unless they
  /// are called with numbers, or a shape that begins with the batch.
  private static func isOperation(_ node: ConfigNode) -> Bool {
    if let module = node.module { return module.contains(".ops.") || module == "keras.ops" }
    let isLayer = ConfigNode.isLayer(node.className) && node.config["newshape"] == nil
    return !node.isKeras2 && !(isLayer && node.call.isOfTensors)
      && Self.operations[namesOfKeras[snakeCase(node.className)] ?? snakeCase(node.className)] != nil
  }

  private static let namesOfKeras = [
    "truedivide": "true_divide", "getitem": "get_item", "leaky_re_lu": "leaky_relu", "relu6": "relu6",
    "re_lu": "relu", "re_lu6": "relu6", "hard_si_lu": "hard_silu", "si_lu": "silu", "hard_silu": "hard_silu",
    "ge_lu": "gelu",
  ]

  private static let namesOfTensorFlow = [
    "truediv": "true_divide", "divide": "true_divide", "getitem": "get_item", "reduce_mean": "mean",
    "reduce_sum": "sum", "reduce_max": "max", "reduce_min": "min", "reduce_prod": "prod", "abs": "absolute",
    "exp": "exp", "pow": "power", "concat": "concatenate", "reverse": "flip", "clip_by_value": "clip",
    "swish": "silu", "leaky_relu": "leaky_relu", "resize_v2": "resize", "mul": "multiply", "sub": "subtract",
    "neg": "negative", "unstack": "unstack", "Sigmoid": "sigmoid", "max_pool2d": "max_pool",
    "avg_pool2d": "average_pool",
    "avg_pool": "average_pool",
    "linalg.matmul": "matmul",
  ]

  /// What each operation is here. How is in the files of this folder.
  private static let operations: [String: OperationReader] = [
    arithmetic, functions, reductions, slicing, shapes, reshaping, pooling, products,
  ].reduce(into: [:]) { all, some in all.merge(some) { first, _ in first } }

  func layer() throws(UnknownLayer) -> ConfigLayer {
    guard let read = Self.operations[name] else { throw node.unknown("zoo has no operation '\(name)'") }
    var reading = Reading(self, named: named)
    let layer = try read(&reading)
    try reading.finish()
    switch layer {
    case .known, .call: return layer
    case .identity, .layer, .chain, .parts, .merge:
      guard !context.inputs.isEmpty else { throw node.unknown("it takes no tensor") }
      return layer
    }
  }

  /// Reads what an operation is called with. Every parameter must be read: what is left over is refused by name.
  struct Reading {
    let operation: KerasOperation
    private let named: [String: Argument]
    private var open: Set<String>

    init(_ operation: KerasOperation, named: [String: Argument]) {
      self.operation = operation
      self.named = named
      open = Set(named.keys).subtracting(["name", "dtype"])
    }

    var context: ConfigContext { operation.context }
    var arguments: [Argument] { operation.arguments }
    /// Of the first tensor.
    var input: Shape { context.inputs.first ?? Shape([]) }

    func unknown(_ reason: String) -> UnknownLayer { operation.node.unknown(reason) }

    func finish() throws(UnknownLayer) {
      for key in open.sorted() where named[key]?.isNull == false {
        throw unknown("its argument '\(key)' is not supported")
      }
    }

    /// An argument by any of its names; `nil` where there is none, or `null`.
    mutating func argument(_ keys: String...) -> Argument? {
      for key in keys {
        open.remove(key)
        if let argument = named[key], !argument.isNull { return argument }
      }
      return nil
    }

    mutating func number(_ keys: String..., standard: Double? = nil) throws(UnknownLayer) -> Double {
      for key in keys {
        open.remove(key)
        guard let argument = named[key], !argument.isNull else { continue }
        guard let number = argument.number else { throw unknown("'\(key)' must be a number") }
        return number
      }
      guard let standard else { throw unknown("it lacks '\(keys[0])'") }
      return standard
    }

    func known(_ argument: Argument?, _ key: String) throws(UnknownLayer) -> Double {
      guard let number = argument?.number else { throw unknown("'\(key)' must be a number that is known") }
      return number
    }

    mutating func bool(_ key: String, _ standard: Bool) throws(UnknownLayer) -> Bool {
      switch argument(key)?.json {
      case nil: return standard
      case .bool(let flag): return flag
      case .number(0): return false
      case .number(1): return true
      default: throw unknown("'\(key)' must be true or false")
      }
    }

    mutating func string(_ key: String, _ standard: String) throws(UnknownLayer) -> String {
      guard let value = argument(key)?.json else { return standard }
      guard let text = value.string else { throw unknown("'\(key)' must be text") }
      return text
    }

    /// Whole numbers, or one of them.
    mutating func wholeNumbers(_ keys: String...) throws(UnknownLayer) -> [Int]? {
      for key in keys {
        guard let argument = argument(key) else { continue }
        guard let array = argument.numbers, array.shape.count <= 1 else {
          throw unknown("'\(key)' must be whole numbers")
        }
        let numbers = array.values.compactMap { Int(exactly: $0) }
        guard numbers.count == array.values.count else { throw unknown("'\(key)' must be whole numbers") }
        return numbers
      }
      return nil
    }

    /// Axes as Keras counts them, as counted from a picture's first.
    ///
    /// - Parameter rank: of the tensor that they are of, a picture's.
    mutating func axes(_ keys: String..., rank: Int, standard: [Int]? = nil) throws(UnknownLayer) -> [Int] {
      var found: [Int]?
      for key in keys { if let axes = try wholeNumbers(key) { found = found ?? axes } }
      guard let axes = found ?? standard else {
        throw unknown("without axes it would put pictures together")
      }
      return try axes.map { axis throws(UnknownLayer) in
        let own = axis < 0 ? axis + rank : axis - 1
        guard (0..<rank).contains(own) else {
          throw unknown("axis \(axis) is the batch's, or none of its \(rank + 1)")
        }
        return own
      }
    }

    mutating func expect(_ key: String, _ values: JSONValue...) throws(UnknownLayer) {
      guard let argument = argument(key) else { return }
      guard let value = argument.json, values.contains(value) else {
        throw unknown("its argument '\(key)' is not supported")
      }
    }

    mutating func expectChannelsLast() throws(UnknownLayer) {
      try expect("data_format", "channels_last", "NHWC")
    }
  }
}
