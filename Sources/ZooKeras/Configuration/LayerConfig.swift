import ZooGraph

/// The parameters of one layer, as a configuration writes them. Every one must be read, or be known to change nothing:
/// what is left over is refused by name.
struct LayerConfig {
  private let node: ConfigNode
  private var open: Set<String>

  init(_ node: ConfigNode) {
    self.node = node
    open = Set(node.config.keys).subtracting(Self.withoutEffect)
      .filter { key in !Self.endingsWithoutEffect.contains { key.hasSuffix($0) } }
  }

  /// What says nothing of a network's results: names, how weights are made and held in bounds before they are trained,
  /// shapes that are known from the input, how a layer is computed.
  private static let withoutEffect: Set<String> = [
    "name", "trainable", "batch_input_shape", "batch_shape", "input_dtype", "input_shape", "input_dim",
    "init",
    "build_config", "seed", "autocast", "registered_name", "module", "sparse", "ragged", "optional", "fused",
    "synchronized", "jit_compile", "supports_masking", "batch_size", "input_spec", "weights",
  ]
  private static let endingsWithoutEffect = ["_initializer", "_regularizer", "_constraint"]

  /// Throws for whatever has not been read.
  ///
  /// Members that are `null` were left out by Keras itself.
  func finish() throws(UnknownLayer) {
    for key in open.sorted() where node.config[key] != .null {
      throw unknown("its parameter '\(key)' is not supported")
    }
  }

  /// Nothing that has not been read matters.
  mutating func readAll() { open = [] }

  func unknown(_ reason: String) -> UnknownLayer { node.unknown(reason) }

  /// The value of a parameter; `nil` where there is none, or `null`.
  mutating func value(_ key: String) -> JSONValue? {
    open.remove(key)
    let value = node.config[key]
    return value == .null ? nil : value
  }

  private func wrong(_ key: String, _ value: JSONValue, _ expected: String) -> UnknownLayer {
    unknown("'\(key)' must be \(expected), found \((try? value.text()) ?? "?")")
  }

  /// - Parameter standard: what older versions meant that did not write it.
  mutating func int(_ key: String, _ standard: Int? = nil) throws(UnknownLayer) -> Int {
    guard let value = value(key) else { return try defaulted(key, standard) }
    guard let number = value.number.flatMap({ Int(exactly: $0) }) else {
      throw wrong(key, value, "a whole number")
    }
    return number
  }

  mutating func double(_ key: String, _ standard: Double? = nil) throws(UnknownLayer) -> Double {
    guard let value = value(key) else { return try defaulted(key, standard) }
    guard let number = value.scalar else { throw wrong(key, value, "a number") }
    return number
  }

  /// `nil` for none.
  mutating func optionalDouble(_ key: String) throws(UnknownLayer) -> Double? {
    guard let value = value(key) else { return nil }
    guard let number = value.scalar else { throw wrong(key, value, "a number") }
    return number
  }

  /// Old files write 1 for true.
  mutating func bool(_ key: String, _ standard: Bool? = nil) throws(UnknownLayer) -> Bool {
    guard let value = value(key) else { return try defaulted(key, standard) }
    switch value {
    case .bool(let flag): return flag
    case .number(0): return false
    case .number(1): return true
    default: throw wrong(key, value, "true or false")
    }
  }

  mutating func string(_ key: String, _ standard: String? = nil) throws(UnknownLayer) -> String {
    guard let value = value(key) else { return try defaulted(key, standard) }
    guard let text = value.string else { throw wrong(key, value, "text") }
    return text
  }

  mutating func wholeNumbers(_ key: String) throws(UnknownLayer) -> [Int] {
    guard let value = value(key) else { return try defaulted(key, nil) }
    guard let numbers = value.wholeNumbers else { throw wrong(key, value, "whole numbers") }
    return numbers
  }

  /// `[height, width]`, or one number for both.
  mutating func size(_ key: String, _ standard: Size2D? = nil) throws(UnknownLayer) -> Size2D {
    guard let value = value(key) else { return try defaulted(key, standard) }
    let numbers = value.wholeNumbers
    switch numbers?.count {
    case 1: return Size2D(numbers?[0] ?? 0)
    case 2: return Size2D(numbers?[0] ?? 0, numbers?[1] ?? 0)
    default: throw wrong(key, value, "a size")
    }
  }

  /// `[[top, bottom], [left, right]]`, `[rows, columns]`, or one number for all.
  mutating func margins(_ key: String) throws(UnknownLayer) -> Margins {
    guard let value = value(key) else { return try defaulted(key, nil) }
    if let pairs = value.array?.compactMap(\.wholeNumbers), pairs.map(\.count) == [2, 2] {
      return Margins(top: pairs[0][0], bottom: pairs[0][1], left: pairs[1][0], right: pairs[1][1])
    }
    switch value.wholeNumbers {
    case .some(let both) where both.count == 1: return Margins(both[0])
    case .some(let each) where each.count == 2:
      return Margins(top: each[0], bottom: each[0], left: each[1], right: each[1])
    default: throw wrong(key, value, "margins")
    }
  }

  mutating func padding(_ key: String = "padding") throws(UnknownLayer) -> Padding {
    let text = try string(key, "valid")
    guard let padding = Padding(rawValue: text) else { throw unknown("\(key) '\(text)' is not supported") }
    return padding
  }

  /// A function by its name. Keras 2's own hard sigmoid is another function than that of Keras 3.
  mutating func activation(_ key: String = "activation") throws(UnknownLayer) -> ActivationFunction {
    guard let value = value(key) else { return .linear }
    return try activation(value)
  }

  private func activation(_ value: JSONValue) throws(UnknownLayer) -> ActivationFunction {
    // Keras 3 wraps functions that are registered: `{"class_name": "function", "config": "relu6"}`.
    let isFunction = value["class_name"] == "function" || value["class_name"] == nil
    guard let name = value.string ?? (isFunction ? value["config"]?.string : nil) else {
      let found = value["class_name"]?.string ?? (try? value.text()) ?? "?"
      throw unknown("the activation '\(found)' is not supported")
    }
    if name == "hard_sigmoid", node.isKeras2 { throw unknown("Keras 2's hard_sigmoid is not supported") }
    let today = ["swish": "silu", "hard_swish": "hard_silu"][name] ?? name
    guard let function = ActivationFunction(rawValue: today) else {
      throw unknown("zoo has no activation '\(name)'")
    }
    return function
  }

  /// Only one value of a parameter is supported, which is also what its absence means.
  mutating func expect(_ key: String, _ values: JSONValue...) throws(UnknownLayer) {
    guard let value = value(key), !values.contains(value) else { return }
    throw unknown("'\(key)' \((try? value.text()) ?? "?") is not supported")
  }

  /// Channels last; a vector has no other order.
  mutating func expectChannelsLast() throws(UnknownLayer) {
    try expect("data_format", "channels_last")
    try expect("dim_ordering", "tf")
  }

  /// What it computes with. The weights are float32 in mixed precision as well; here everything is.
  mutating func expectFloat32() throws(UnknownLayer) {
    guard let value = value("dtype") else { return }
    let name = value.string ?? value["config"]?["name"]?.string
    guard let name, ["float32", "mixed_float16", "mixed_bfloat16"].contains(name) else {
      throw unknown("its dtype '\(name ?? (try? value.text()) ?? "?")' is not supported")
    }
  }

  private func defaulted<Value>(_ key: String, _ standard: Value?) throws(UnknownLayer) -> Value {
    guard let standard else { throw unknown("it lacks '\(key)'") }
    return standard
  }
}

extension JSONValue {
  /// A number, or a list of one number, as Keras 3 writes NumPy's.
  fileprivate var scalar: Double? {
    if let number { return number }
    if let array, array.count == 1 { return array[0].scalar }
    // `{"class_name": "__numpy__", "config": {"value": 6.0, …}}`
    return self["class_name"] == "__numpy__" ? self["config"]?["value"]?.scalar : nil
  }

  /// A whole number or a list of some.
  fileprivate var wholeNumbers: [Int]? {
    let values = array ?? [self]
    let numbers = values.compactMap { $0.number.flatMap { Int(exactly: $0) } }
    return numbers.count == values.count ? numbers : nil
  }
}
