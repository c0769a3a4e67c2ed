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
    // Of Keras 1: how kernels are made and kept in bounds.
    "W_regularizer", "b_regularizer", "W_constraint", "b_constraint", "W_learning_rate", "b_learning_rate",
  ]
  private static let endingsWithoutEffect = ["_initializer", "_regularizer", "_constraint"]

  /// What Keras 1 called a parameter that has another name since.
  private static let oldNames = [
    "filters": "nb_filter", "units": "output_dim", "use_bias": "bias", "padding": "border_mode",
    "strides": "subsample", "rate": "p", "target_shape": "dims", "negative_slope": "alpha",
    "axis": "concat_axis",
    "alpha": "negative_slope", "dilation_rate": "atrous_rate",
  ]

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
    // A JSON value may be written as `nil` in Swift, and would then be one.
    if let value = node.config[key] { return value == .null ? Optional.none : value }
    guard let old = Self.oldNames[key] else { return Optional.none }
    open.remove(old)
    guard let value = node.config[old], value != .null else { return Optional.none }
    return value
  }

  private func wrong(_ key: String, _ value: JSONValue, _ expected: String) -> UnknownLayer {
    unknown("'\(key)' must be \(expected), found \((try? value.text()) ?? "?")")
  }

  /// Whether a parameter is there, and not `null`.
  func has(_ key: String) -> Bool { node.config[key].map { $0 != .null } ?? false }

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

  /// A function by its name, or a layer that is one. Keras 2's own hard sigmoid is another function than that of Keras 3.
  mutating func activation(_ key: String = "activation") throws(UnknownLayer) -> ActivationFunction {
    guard let value = value(key) else { return .linear }
    return try activation(value)
  }

  private func activation(_ value: JSONValue) throws(UnknownLayer) -> ActivationFunction {
    // Keras 3 wraps functions that are registered: `{"class_name": "function", "config": "relu6"}`.
    let isFunction = value["class_name"] == "function" || value["class_name"] == nil
    guard let name = value.string ?? (isFunction ? value["config"]?.string : nil) else {
      if let function = try activationLayer(value) { return function }
      let found = value["class_name"]?.string ?? (try? value.text()) ?? "?"
      throw unknown("the activation '\(found)' is not supported")
    }
    if name == "hard_sigmoid", node.isKeras2 { return .hardSigmoidOfKeras2 }
    let today = ["swish": "silu", "hard_swish": "hard_silu"][name] ?? name
    guard let function = ActivationFunction(named: today), function != .hardSigmoidOfKeras2 else {
      throw unknown("zoo has no activation '\(name)'")
    }
    return function
  }

  /// A layer given as an activation: `Dense(4, activation=LeakyReLU(0.3))`.
  private func activationLayer(_ value: JSONValue) throws(UnknownLayer) -> ActivationFunction? {
    guard let className = value["class_name"]?.string, case .object(let config)? = value["config"] else {
      return nil
    }
    var inner = node
    (inner.className, inner.config, inner.module) = (className, config, value["module"]?.string)
    guard let read = ConfigNode.activationLayers[className] else { return nil }
    var parameters = LayerConfig(inner)
    let function = try read(&parameters)
    try parameters.expectFloat32()
    try parameters.finish()
    return function
  }

  /// Only one value of a parameter is supported, which is also what its absence means.
  mutating func expect(_ key: String, _ values: JSONValue...) throws(UnknownLayer) {
    guard let value = value(key), !values.contains(value) else { return }
    throw unknown("'\(key)' \((try? value.text()) ?? "?") is not supported")
  }

  /// Axes as Keras counts them, from the batch on or from the end, as counted from a picture's first.
  ///
  /// - Parameter standard: what older versions meant that did not write them.
  mutating func axes(_ key: String = "axis", _ standard: [Int]? = nil, rank: Int) throws(UnknownLayer)
    -> [Int]
  {
    guard let value = value(key) else {
      return try ownAxes(try defaulted(key, standard), rank: rank, key)
    }
    guard let numbers = value.wholeNumbers else { throw wrong(key, value, "axes") }
    return try ownAxes(numbers, rank: rank, key)
  }

  mutating func axis(_ key: String = "axis", _ standard: Int = -1, rank: Int) throws(UnknownLayer) -> Int {
    let axes = try axes(key, [standard], rank: rank)
    guard axes.count == 1 else { throw unknown("'\(key)' \(axes) is not supported: only one axis") }
    return axes[0]
  }

  /// As ``axis(_:_:rank:)``; `nil` for the last one, as which layers know the channels.
  mutating func channelAxis(_ key: String = "axis", rank: Int) throws(UnknownLayer) -> Int? {
    let axis = try axis(key, rank: rank)
    return axis == rank - 1 ? nil : axis
  }

  private func ownAxes(_ axes: [Int], rank: Int, _ key: String) throws(UnknownLayer) -> [Int] {
    var result: [Int] = []
    for axis in axes {
      let own = axis < 0 ? axis + rank : axis - 1
      guard (0..<rank).contains(own) else {
        throw unknown(
          axis == 0 || own == -1
            ? "'\(key)' \(axis) is not supported: it is the batch's"
            : "'\(key)' \(axis) is none of its \(rank + 1) axes")
      }
      result.append(own)
    }
    return result
  }

  /// One number, or a list of some.
  mutating func numbers(_ key: String) throws(UnknownLayer) -> [Double]? {
    guard let value = value(key) else { return nil }
    let inner =
      value["class_name"] == "__numpy__" || value["class_name"] == "__tensor__"
      ? value["config"]?["value"] ?? value : value
    guard let array = NumericArray(inner) else { throw wrong(key, value, "numbers") }
    // Values of a configuration are doubles; of an array, all but one axis have one step.
    guard array.shape.filter({ $0 != 1 }).count <= 1 else {
      throw wrong(key, value, "numbers for the channels")
    }
    return inner.flatNumbers
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
  /// All numbers of nested lists, in order.
  fileprivate var flatNumbers: [Double] {
    if let number { return [number] }
    return (array ?? []).flatMap(\.flatNumbers)
  }

  /// A number, or a list of one number; also as Keras 2.2 and Keras 3 write NumPy's.
  fileprivate var scalar: Double? {
    if let number { return number }
    if let array, array.count == 1 { return array[0].scalar }
    // `{"type": "ndarray", "value": 6.0}`
    if self["type"] == "ndarray" { return self["value"]?.scalar }
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
