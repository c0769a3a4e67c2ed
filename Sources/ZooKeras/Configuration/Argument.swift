/// What a layer of a configuration is called with.
indirect enum Argument: Equatable {
  /// Output number `output` of call number `call` of a layer, as Keras counts them.
  case tensor(layer: String, call: Int, output: Int)
  /// Anything that JSON has: a number, a name, `null`.
  case value(JSONValue)
  /// Numbers that were a NumPy array or a tensor.
  case array(NumericArray)
  case list([Argument])
  /// A part of `x[1:-1:2]`.
  case slice(start: Int?, stop: Int?, step: Int?)
  case ellipsis
  /// The number of pictures, as `tf.shape` gives it.
  case batch
}

/// Numbers in row-major order.
struct NumericArray: Equatable {
  var shape: [Int]
  var values: [Float]

  /// A number, or lists of numbers that make a tensor.
  init?(_ value: JSONValue) {
    switch value {
    case .number(let number): (shape, values) = ([], [Float(number)])
    case .array(let rows):
      let parts = rows.compactMap(NumericArray.init)
      guard parts.count == rows.count, let first = parts.first, parts.allSatisfy({ $0.shape == first.shape })
      else { return nil }
      (shape, values) = ([parts.count] + first.shape, parts.flatMap(\.values))
    case .null, .bool, .string, .object: return nil
    }
  }
}

extension Argument {
  /// All tensors in it, in order.
  var tensors: [Argument] {
    switch self {
    case .tensor: [self]
    case .list(let parts): parts.flatMap(\.tensors)
    case .value, .array, .slice, .ellipsis, .batch: []
    }
  }

  /// A number, or an array of one.
  var number: Double? {
    switch self {
    case .value(let value): value.number
    case .array(let array): array.shape.isEmpty ? Double(array.values[0]) : nil
    case .tensor, .list, .slice, .ellipsis, .batch: nil
    }
  }

  /// Numbers of any shape.
  var numbers: NumericArray? {
    switch self {
    case .array(let array): array
    case .value(let value): NumericArray(value)
    case .list: json.flatMap(NumericArray.init)
    case .tensor, .slice, .ellipsis, .batch: nil
    }
  }

  /// With what is known of some layers' outputs instead of them.
  func replacing(_ known: [String: Argument]) -> Argument {
    switch self {
    case .tensor(let layer, _, _): known[layer] ?? self
    case .list(let parts): .list(parts.map { $0.replacing(known) })
    case .value, .array, .slice, .ellipsis, .batch: self
    }
  }

  /// A tensor in words.
  var described: String {
    if case .tensor(let layer, _, let output) = self {
      "output number \(output) of '\(layer)'"
    } else {
      "no tensor"
    }
  }

  var isNull: Bool { self == .value(.null) }

  /// As plain JSON, where it holds no tensors.
  var json: JSONValue? {
    switch self {
    case .value(let value): return value
    case .list(let parts):
      let values = parts.compactMap(\.json)
      return values.count == parts.count ? .array(values) : nil
    case .array(let array):
      return array.shape.count > 1
        ? nil
        : array.shape.isEmpty
          ? .number(Double(array.values[0])) : .array(array.values.map { .number(Double($0)) })
    case .tensor, .slice, .ellipsis, .batch: return nil
    }
  }

  // MARK: Reading

  /// As Keras 3 writes it: objects that tell what they are.
  init(keras3 value: JSONValue) {
    switch value {
    case .array(let parts): self = .list(parts.map { Argument(keras3: $0) })
    case .object:
      let config = value["config"]
      switch value["class_name"]?.string {
      case "__keras_tensor__":
        let history = config?["keras_history"]?.array ?? []
        self = .tensor(
          layer: history.first?.string ?? "", call: Self.whole(history, 1), output: Self.whole(history, 2))
      case "__numpy__", "__tensor__":
        self = (config?["value"]).flatMap(NumericArray.init).map { .array($0) } ?? .value(value)
      case "__slice__", "slice": self = Self.slice(config ?? .null)
      case "__ellipsis__": self = .ellipsis
      default: self = .value(value)
      }
    case .null, .bool, .number, .string: self = .value(value)
    }
  }

  /// As Keras 2 writes it: a tensor is the list of a layer's name and two numbers.
  ///
  /// - Parameters:
  ///   - layers: the names that are layers.
  ///   - isOperand: whether only a tensor can stand here, or a constant, so that it is one whatever its name is.
  init(keras2 value: JSONValue, layers: Set<String>, isOperand: Bool = false) {
    switch value {
    case .array(let parts):
      if parts.first?.string == "_CONSTANT_VALUE", parts.count >= 3 {
        self = .value(parts[2])
      } else if let name = parts.first?.string, parts.count >= 3, isOperand || layers.contains(name),
        parts[1].number != nil
      {
        self = .tensor(layer: name, call: Self.whole(parts, 1), output: Self.whole(parts, 2))
      } else {
        self = .list(parts.map { Argument(keras2: $0, layers: layers) })
      }
    case .object:
      if value["class_name"]?.string == "__ellipsis__" {
        self = .ellipsis
      } else if value["step"] != nil, value["stop"] != nil {
        self = Self.slice(value)
      } else {
        self = .value(value)
      }
    case .null, .bool, .number, .string: self = .value(value)
    }
  }

  private static func slice(_ value: JSONValue) -> Argument {
    func whole(_ key: String) -> Int? { value[key]?.number.flatMap { Int(exactly: $0) } }
    // What is no whole number, as a tensor's size, must not be taken for "from the beginning".
    for key in ["start", "stop", "step"] {
      guard whole(key) != nil || value[key] == nil || value[key] == .null else { return .value(value) }
    }
    return .slice(start: whole("start"), stop: whole("stop"), step: whole("step"))
  }

  private static func whole(_ list: [JSONValue], _ index: Int) -> Int {
    list.indices.contains(index) ? list[index].number.flatMap { Int(exactly: $0) } ?? 0 : 0
  }
}

/// The arguments of one call of a layer.
struct Call: Equatable {
  var arguments: [Argument] = []
  var keywords: [String: Argument] = [:]

  /// All tensors: those by position, then those by name.
  var tensors: [Argument] {
    arguments.flatMap(\.tensors)
      + keywords.sorted { Self.rank($0.key) < Self.rank($1.key) }.flatMap { $0.value.tensors }
  }

  /// Whether it is called with tensors by position only.
  var isOfTensors: Bool {
    arguments.allSatisfy { argument in
      switch argument {
      case .tensor: true
      case .list(let parts): parts.allSatisfy { if case .tensor = $0 { true } else { false } }
      case .value, .array, .slice, .ellipsis, .batch: false
      }
    }
  }

  /// With what is known of some layers' outputs instead of them.
  func replacing(_ known: [String: Argument]) -> Call {
    var call = self
    call.arguments = arguments.map { $0.replacing(known) }
    call.keywords = keywords.mapValues { $0.replacing(known) }
    return call
  }

  /// Of a MultiHeadAttention: query, value, key.
  private static func rank(_ keyword: String) -> (Int, String) {
    (["query", "value", "key"].firstIndex(of: keyword) ?? 3, keyword)
  }

  /// - Parameters:
  ///   - node: an element of `inbound_nodes`.
  ///   - layers: the names that are layers.
  init(_ node: JSONValue, layers: Set<String>) {
    if let arguments = node["args"]?.array {
      self.arguments = arguments.map { Argument(keras3: $0) }
      if case .object(let members)? = node["kwargs"] { keywords = members.mapValues { Argument(keras3: $0) } }
      return
    }
    let parts = node.array ?? []
    // An operation is called with one tensor, which is not in a list of its own.
    let tensors = parts.first?.string != nil ? [node] : parts
    for tensor in tensors {
      arguments.append(Argument(keras2: tensor, layers: layers, isOperand: true))
      guard let members = tensor.array, members.count > 3, case .object(let named) = members[3] else {
        continue
      }
      for (key, value) in named { keywords[key] = Argument(keras2: value, layers: layers) }
    }
  }

  init() {}
}
