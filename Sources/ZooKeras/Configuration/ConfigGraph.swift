import ZooGraph

/// A layer of a whole model's configuration, with nested models taken apart.
struct ConfigNode {
  enum Operand: Equatable {
    /// The output of a layer, by its name.
    case layer(String)
    case number(Double)
  }

  var name: String
  var className: String
  var module: String?
  var config: [String: JSONValue]
  /// What it is called with.
  var operands: [Operand]
  /// Where Keras 3 keeps its weights: `functional/conv2d_3`, without `layers/`.
  var path: String
  /// Its name in the model that it is in, and the names of the models around that, the outermost first; the whole
  /// model itself is not among them.
  var localName = ""
  var models: [String] = []
  /// Where it is listed, model by model: files list weights in this order.
  var position: [Int] = []
  /// Whether Keras 2 wrote it, which had another hard sigmoid.
  var isKeras2 = false

  /// Whether training may change its weights.
  var isTrainable: Bool { config["trainable"] != false }

  var inputs: [String] {
    operands.compactMap { if case .layer(let name) = $0 { name } else { nil } }
  }
}

/// The layers of a whole model's configuration as one graph: functional models, `Sequential`, and both nested.
struct ConfigGraph {
  let name: String
  private let isKeras2: Bool
  private(set) var nodes: [ConfigNode] = []
  /// The name of the layer whose output is the model's.
  private(set) var output = ""
  private var names = LayerNames(taken: [])

  /// - Throws: `UnknownLayer` when the model is of another kind: of a class of its own, or with layers that are used
  ///   twice.
  init(_ model: JSONValue, isKeras2: Bool = false) throws(UnknownLayer) {
    // Keras 1 wrote a Sequential as the list of its layers.
    let model = model.array == nil ? model : ["class_name": "Sequential", "config": model]
    name = model["config"]?["name"]?.string ?? "model"
    self.isKeras2 = isKeras2
    output = try add(model, to: nil, at: Place())
  }

  /// Where in nested models a layer is.
  private struct Place {
    var path = ""
    var models: [String] = []
    var position: [Int] = []

    /// Of the layer that is listed as number `index`.
    func layer(_ index: Int, path: String) -> Place {
      Place(path: path, models: models, position: position + [index])
    }

    /// Within the model called `name`, which is here.
    func inside(_ name: String) -> Place { Place(path: path, models: models + [name], position: position) }
  }

  /// Adds the layers of a model.
  ///
  /// - Parameter input: the name of the layer whose output a nested model takes.
  /// - Returns: the name of the layer whose output is the model's.
  private mutating func add(
    _ model: JSONValue, to input: String?, at place: Place
  ) throws(UnknownLayer) -> String {
    guard place.models.count < 16 else { throw UnknownLayer(reason: "its models are nested too deeply") }
    switch model["class_name"]?.string {
    case "Sequential": return try addSequential(model, to: input, at: place)
    case "Functional", "Model": return try addFunctional(model, to: input, at: place)
    case let other: throw UnknownLayer(reason: "it is a model of the kind '\(other ?? "?")'")
    }
  }

  private mutating func addSequential(
    _ model: JSONValue, to input: String?, at place: Place
  ) throws(UnknownLayer) -> String {
    // Keras 1 and the first Keras 2 list the layers without more ado.
    var layers = model["config"]?["layers"]?.array ?? model["config"]?.array ?? []
    if input == nil, let first = layers.first, first["class_name"] != "InputLayer" {
      layers.insert(Self.inputLayer(before: first, in: model), at: 0)
    }
    var numbers = Numbers(path: place.path)
    var last = input
    for (index, layer) in layers.enumerated() {
      let place = place.layer(index, path: numbers.path(of: layer))
      if let input, layer["class_name"] == "InputLayer" {
        last = input
      } else {
        last = try add(layer, to: last.map { [.layer($0)] } ?? [], at: place)
      }
    }
    guard let last else { throw UnknownLayer(reason: "a model has no layers") }
    return last
  }

  /// Where the first layer, or the model, tells the input's shape.
  private static func inputLayer(before first: JSONValue, in model: JSONValue) -> JSONValue {
    let shape =
      first["config"]?["batch_input_shape"] ?? first["config"]?["layers"]?.array?.first?["config"]?[
        "batch_input_shape"]
      ?? first["config"]?["layers"]?.array?.first?["config"]?["batch_shape"]
      ?? model["config"]?["build_input_shape"]
    return ["class_name": "InputLayer", "config": ["name": "input_layer", "batch_shape": shape ?? nil]]
  }

  private mutating func addFunctional(
    _ model: JSONValue, to input: String?, at place: Place
  ) throws(UnknownLayer) -> String {
    // What layers of this model are called in the whole graph.
    var outputs: [String: String] = [:]
    var numbers = Numbers(path: place.path)
    var waiting = (model["config"]?["layers"]?.array ?? []).enumerated().map {
      (layer: $1, place: place.layer($0, path: numbers.path(of: $1)))
    }
    // Mostly in order already; shared or looped layers never come to their turn.
    while !waiting.isEmpty {
      var later: [(layer: JSONValue, place: Place)] = []
      for (layer, place) in waiting {
        let name = layer["name"]?.string ?? layer["config"]?["name"]?.string ?? ""
        if let input, layer["class_name"] == "InputLayer" {
          outputs[name] = input
        } else if let operands = try operands(of: layer, outputs) {
          outputs[name] = try add(layer, to: operands, at: place)
        } else {
          later.append((layer, place))
        }
      }
      guard later.count < waiting.count else {
        throw UnknownLayer(reason: "its layers are not connected in an order")
      }
      waiting = later
    }
    let listed = model["config"]?["output_layers"]?.array ?? []
    let output = listed.first?.string ?? listed.first?.array?.first?.string
    guard listed.count == 1 || listed.first?.string != nil, let output, let name = outputs[output] else {
      throw UnknownLayer(reason: "it has more than one output")
    }
    return name
  }

  private mutating func add(
    _ layer: JSONValue, to operands: [ConfigNode.Operand], at place: Place
  ) throws(UnknownLayer) -> String {
    let className = layer["class_name"]?.string ?? "?"
    if ["Functional", "Model", "Sequential"].contains(className) {
      guard operands.count == 1, case .layer(let input)? = operands.first else {
        throw UnknownLayer(reason: "a nested model has more than one input")
      }
      let name = layer["name"]?.string ?? layer["config"]?["name"]?.string ?? className
      return try add(layer, to: input, at: place.inside(name))
    }
    guard case .object(let config)? = layer["config"] else {
      throw UnknownLayer(reason: "a layer has no 'config'")
    }
    guard nodes.count < 1 << 14 else { throw UnknownLayer(reason: "it has too many layers") }
    let localName = layer["name"]?.string ?? config["name"]?.string ?? className
    let name = names.next(localName)
    nodes.append(
      ConfigNode(
        name: name, className: className, module: layer["module"]?.string, config: config,
        operands: operands, path: place.path, localName: localName, models: place.models,
        position: place.position, isKeras2: isKeras2))
    return name
  }

  /// What a layer of a functional model is called with; `nil` when a layer on the way to it is still missing.
  private func operands(
    of layer: JSONValue, _ outputs: [String: String]
  ) throws(UnknownLayer) -> [ConfigNode.Operand]? {
    let calls = layer["inbound_nodes"]?.array ?? []
    guard calls.count <= 1 else {
      throw UnknownLayer(reason: "layer '\(layer["name"]?.string ?? "?")' is used \(calls.count) times")
    }
    guard let call = calls.first else { return [] }
    var found: [ConfigNode.Operand] = []
    for operand in call["args"].map(Self.operands) ?? Self.shortOperands(call) {
      guard case .layer(let name) = operand else {
        found.append(operand)
        continue
      }
      guard let output = outputs[name] else { return nil }
      found.append(.layer(output))
    }
    return found
  }

  /// Keras 3: tensors as objects that tell where they come from, lists of them, numbers.
  private static func operands(_ value: JSONValue) -> [ConfigNode.Operand] {
    switch value {
    case .number(let number): [.number(number)]
    case .array(let values): values.flatMap(operands)
    case .object(let members):
      members["config"]?["keras_history"]?.array?.first?.string.map { [.layer($0)] } ?? []
    default: []
    }
  }

  /// Keras 2: `[["name", 0, 0, {"y": 2}]]`, or for an operation one such list only.
  private static func shortOperands(_ call: JSONValue) -> [ConfigNode.Operand] {
    let tensors = call.array ?? []
    if tensors.first?.string != nil { return shortOperand(call) }
    return tensors.flatMap(shortOperand)
  }

  private static func shortOperand(_ tensor: JSONValue) -> [ConfigNode.Operand] {
    guard let parts = tensor.array, let name = parts.first?.string else { return [] }
    let second = parts.count > 3 ? parts[3]["y"] : nil
    if let number = second?.number { return [.layer(name), .number(number)] }
    return [.layer(name)] + (second?.array?.first?.string.map { [.layer($0)] } ?? [])
  }
}

/// Counts layers class by class, as Keras 3 names their groups.
private struct Numbers {
  let path: String
  private var counts: [String: Int] = [:]

  init(path: String) { self.path = path }

  mutating func path(of layer: JSONValue) -> String {
    let className = snakeCase(layer["class_name"]?.string ?? "")
    defer { counts[className, default: 0] += 1 }
    return "\(path)/\(NumberedClass(className: className, number: counts[className, default: 0]))"
  }
}
