import ZooGraph

/// A call of a layer of a whole model's configuration, with nested models taken apart.
struct ConfigNode {
  var name: String
  var className: String
  var module: String?
  /// What a class is registered as, where it is none of Keras' own layers.
  var registeredName: String?
  var config: [String: JSONValue]
  /// What it is called with. Its tensors stand for nodes, by their names.
  var call: Call
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
  /// The node of the layer's first call.
  var first: String?

  /// Whether its class is none of Keras', whatever it is called. Of a program's own classes Keras leaves the module out.
  var isForeign: Bool {
    guard let module else { return registeredName != nil }
    return !["keras", "tf_keras", "tensorflow"].contains(module.prefix { $0 != "." })
  }

  /// Whether training may change its weights.
  var isTrainable: Bool { config["trainable"] != false }
}

/// The layers of a whole model's configuration as one graph: functional models, `Sequential`, and both nested.
struct ConfigGraph {
  let name: String
  private let isKeras2: Bool
  private(set) var nodes: [ConfigNode] = []
  /// The tensors that are the model's outputs.
  private(set) var outputs: [Argument] = []
  /// What of the file was not clear, and how it was taken.
  private(set) var notes: [String] = []
  private var names = LayerNames(taken: [])
  /// The first node of each layer, by its models' and its own name.
  private var firsts: [[String]: String] = [:]

  /// - Throws: `UnknownLayer` when the model is of another kind, or its layers are not connected in an order.
  init(_ model: JSONValue, isKeras2: Bool = false) throws(UnknownLayer) {
    // Keras 1 wrote a Sequential as the list of its layers.
    let model = model.array == nil ? model : ["class_name": "Sequential", "config": model]
    name = model["config"]?["name"]?.string ?? "model"
    self.isKeras2 = isKeras2
    outputs = try add(model, to: nil, at: Place())
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

  private static let models: Set<String> = ["Functional", "Model", "Sequential"]

  /// Whether it is a model, and not a layer: one of Keras', or of a class derived from them that lists its layers alike.
  private static func isModel(_ layer: JSONValue) -> Bool {
    if let name = layer["class_name"]?.string, models.contains(name) { return true }
    return ["layers", "input_layers", "output_layers"].allSatisfy { layer["config"]?[$0]?.array != nil }
  }

  /// Adds the layers of a model.
  ///
  /// - Parameter inputs: the tensors that a nested model is called with.
  /// - Returns: the tensors that are its outputs.
  private mutating func add(
    _ model: JSONValue, to inputs: [Argument]?, at place: Place
  ) throws(UnknownLayer) -> [Argument] {
    guard place.models.count < 16 else { throw UnknownLayer(reason: "its models are nested too deeply") }
    switch model["class_name"]?.string {
    case "Sequential": return try addSequential(model, to: inputs, at: place)
    case "Functional", "Model": return try addFunctional(model, to: inputs, at: place)
    case let other?:
      guard Self.isModel(model) else {
        throw UnknownLayer(
          reason:
            "it is a model of its author's class '\(other)', which lists no layers: what it does is in Python code"
        )
      }
      notes.append("its class '\(other)' is its author's own: it is taken as the layers that the file lists")
      return try addFunctional(model, to: inputs, at: place)
    case nil: throw UnknownLayer(reason: "it has no 'class_name'")
    }
  }

  // MARK: Sequential

  private mutating func addSequential(
    _ model: JSONValue, to inputs: [Argument]?, at place: Place
  ) throws(UnknownLayer) -> [Argument] {
    // Keras 1 and the first Keras 2 list the layers without more ado.
    var layers = model["config"]?["layers"]?.array ?? model["config"]?.array ?? []
    if inputs == nil, let first = layers.first, first["class_name"] != "InputLayer" {
      layers.insert(Self.inputLayer(before: first, in: model), at: 0)
    }
    try Self.requireDifferentNames(layers)
    guard inputs.map({ $0.count == 1 }) ?? true else {
      throw UnknownLayer(reason: "a nested Sequential is called with \(inputs?.count ?? 0) tensors")
    }
    var numbers = Numbers(path: place.path)
    var last = inputs ?? []
    for (index, layer) in layers.enumerated() {
      let place = place.layer(index, path: numbers.path(of: layer))
      if inputs != nil, layer["class_name"] == "InputLayer" { continue }
      var call = Call()
      call.arguments = last
      last = try add(layer, call, at: place)
    }
    guard !last.isEmpty else { throw UnknownLayer(reason: "a model has no layers") }
    return last
  }

  /// Where the first layer, or the model, tells the input's shape.
  private static func inputLayer(before first: JSONValue, in model: JSONValue) -> JSONValue {
    let inner = first["config"]?["layers"]?.array?.first?["config"]
    let shape =
      first["config"]?["batch_input_shape"] ?? inner?["batch_input_shape"] ?? inner?["batch_shape"]
      ?? model["config"]?["build_input_shape"]
    return ["class_name": "InputLayer", "config": ["name": "input_layer", "batch_shape": shape ?? nil]]
  }

  private static func requireDifferentNames(_ layers: [JSONValue]) throws(UnknownLayer) {
    var seen: Set<String> = []
    for name in layers.map(name(of:)) where !name.isEmpty && !seen.insert(name).inserted {
      throw UnknownLayer(reason: "two of its layers are called '\(name)'")
    }
  }

  // MARK: Functional

  /// A call of a layer that waits for its inputs.
  private struct Waiting {
    var layer: JSONValue
    var name: String
    var number: Int
    var call: Call
    var place: Place
  }

  private mutating func addFunctional(
    _ model: JSONValue, to inputs: [Argument]?, at place: Place
  ) throws(UnknownLayer) -> [Argument] {
    let config = model["config"]
    try Self.requireDifferentNames(config?["layers"]?.array ?? [])
    var results = Results(of: config?["layers"]?.array ?? [])
    if let inputs { try results.enter(inputs, at: Self.references(config?["input_layers"])) }
    var waiting = self.calls(of: config?["layers"]?.array ?? [], results, isNested: inputs != nil, at: place)
    // Mostly in order already; looped layers never come to their turn.
    while !waiting.isEmpty {
      var later: [Waiting] = []
      for next in waiting {
        if let call = try results.resolved(next.call, of: next.name) {
          results.set(try add(next.layer, call, at: next.place), of: next.name, call: next.number)
        } else {
          later.append(next)
        }
      }
      guard later.count < waiting.count else {
        throw UnknownLayer(
          reason: "its layers are not connected in an order: '\(later[0].name)' waits for others")
      }
      waiting = later
    }
    return try Self.references(config?["output_layers"]).map { reference throws(UnknownLayer) in
      guard let tensor = try results.output(reference) else {
        throw UnknownLayer(reason: "an output of it is none of a layer")
      }
      return tensor
    }
  }

  private func calls(
    of layers: [JSONValue], _ results: Results, isNested: Bool, at place: Place
  ) -> [Waiting] {
    var numbers = Numbers(path: place.path)
    return layers.enumerated().flatMap { index, layer in
      let place = place.layer(index, path: numbers.path(of: layer))
      let name = Self.name(of: layer)
      if layer["class_name"] == "InputLayer" {
        return isNested ? [] : [Waiting(layer: layer, name: name, number: 0, call: Call(), place: place)]
      }
      let nodes = layer["inbound_nodes"]?.array ?? []
      return nodes.enumerated().map { number, node in
        Waiting(
          layer: layer, name: name, number: number, call: Call(node, layers: results.layers), place: place)
      }
    }
  }

  private static func name(of layer: JSONValue) -> String {
    layer["name"]?.string ?? layer["config"]?["name"]?.string ?? ""
  }

  /// `[["a", 0, 0], …]`, one of them without the outer list, or by names.
  private static func references(_ value: JSONValue?) -> [Argument] {
    switch value {
    case .array(let parts)? where parts.first?.string != nil:
      let name = parts[0].string ?? ""
      let argument = Argument(keras2: .array(parts), layers: [name])
      // A list of names alone would be several.
      return parts.count == 3 ? [argument] : parts.flatMap { references(.array([$0, 0, 0])) }
    case .array(let parts)?: return parts.flatMap { references($0) }
    case .object(let members)?: return members.sorted { $0.key < $1.key }.flatMap { references($0.value) }
    case .string(let name)?: return [.tensor(layer: name, call: 0, output: 0)]
    case .null?, .bool?, .number?, nil: return []
    }
  }

  // MARK: Layers

  private mutating func add(
    _ layer: JSONValue, _ call: Call, at place: Place
  ) throws(UnknownLayer) -> [Argument] {
    let className = layer["class_name"]?.string ?? "?"
    let localName = Self.name(of: layer).isEmpty ? className : Self.name(of: layer)
    if Self.isModel(layer) {
      guard !isKeras2 || call.keywords["training"] != .value(true) else {
        throw UnknownLayer(reason: "the nested model '\(localName)' is called with training=True")
      }
      return try add(layer, to: call.tensors, at: place.inside(localName))
    }
    guard case .object(let config)? = layer["config"] else {
      throw UnknownLayer(reason: "layer '\(localName)' has no 'config'")
    }
    guard nodes.count < 1 << 14 else { throw UnknownLayer(reason: "it has too many layers") }
    let name = names.next(localName)
    let key = place.models + [localName]
    nodes.append(
      ConfigNode(
        name: name, className: className, module: layer["module"]?.string,
        registeredName: layer["registered_name"]?.string, config: config, call: call,
        path: place.path, localName: localName, models: place.models, position: place.position,
        isKeras2: isKeras2, first: firsts[key]))
    firsts[key] = firsts[key] ?? name
    return [.tensor(layer: name, call: 0, output: 0)]
  }
}

/// What the calls of a model's layers gave so far.
private struct Results {
  let layers: Set<String>
  /// The tensors of each call of each layer.
  private var tensors: [String: [Int: [Argument]]] = [:]
  /// How many calls a layer has, and the number that Keras gave to the first one.
  private var counts: [String: Int] = [:]
  private var firstNumbers: [String: Int] = [:]

  init(of list: [JSONValue]) {
    var layers: Set<String> = []
    for layer in list {
      guard let name = layer["name"]?.string ?? layer["config"]?["name"]?.string else { continue }
      layers.insert(name)
      let count = layer["inbound_nodes"]?.array?.count ?? 0
      counts[name] = count
    }
    self.layers = layers
    // A model may have been called once before, where it was made: its calls are counted from 1 then.
    for (name, count) in counts where count > 1 {
      let calls = Set(list.flatMap { Self.references(to: name, in: $0["inbound_nodes"] ?? .null) })
      firstNumbers[name] = calls.contains(0) || calls.isEmpty ? 0 : 1
    }
  }

  /// The numbers of the calls of a layer whose outputs are taken.
  private static func references(to layer: String, in value: JSONValue) -> [Int] {
    switch value {
    case .array(let parts):
      if parts.count >= 3, parts[0].string == layer, let call = parts[1].number.flatMap({ Int(exactly: $0) })
      {
        return [call] + parts.dropFirst(3).flatMap { references(to: layer, in: $0) }
      }
      return parts.flatMap { references(to: layer, in: $0) }
    case .object(let members): return members.values.flatMap { references(to: layer, in: $0) }
    case .null, .bool, .number, .string: return []
    }
  }

  mutating func set(_ results: [Argument], of layer: String, call: Int) {
    tensors[layer, default: [:]][call] = results
  }

  /// Puts the tensors that a nested model is called with at its input layers.
  mutating func enter(_ inputs: [Argument], at layers: [Argument]) throws(UnknownLayer) {
    guard inputs.count == layers.count else {
      throw UnknownLayer(
        reason: "a nested model with \(layers.count) inputs is called with \(inputs.count) tensors")
    }
    for (input, layer) in zip(inputs, layers) {
      if case .tensor(let name, _, _) = layer { set([input], of: name, call: 0) }
    }
  }

  /// The call with its tensors as those of the whole graph; `nil` when one is still missing.
  func resolved(_ call: Call, of layer: String) throws(UnknownLayer) -> Call? {
    do throws(UnknownLayer) {
      return try resolved(call)
    } catch {
      throw UnknownLayer(reason: "layer '\(layer)' takes \(error.reason)")
    }
  }

  private func resolved(_ call: Call) throws(UnknownLayer) -> Call? {
    var result = Call()
    for argument in call.arguments {
      guard let found = try resolved(argument) else { return nil }
      result.arguments.append(found)
    }
    for (key, argument) in call.keywords {
      guard let found = try resolved(argument) else { return nil }
      result.keywords[key] = found
    }
    return result
  }

  private func resolved(_ argument: Argument) throws(UnknownLayer) -> Argument? {
    switch argument {
    case .tensor: return try tensor(argument)
    case .list(let parts):
      var results: [Argument] = []
      for part in parts {
        guard let found = try resolved(part) else { return nil }
        results.append(found)
      }
      return .list(results)
    case .value, .array, .slice, .ellipsis, .batch: return argument
    }
  }

  /// An output of the model.
  func output(_ reference: Argument) throws(UnknownLayer) -> Argument? {
    do throws(UnknownLayer) {
      return try tensor(reference)
    } catch {
      throw UnknownLayer(reason: "an output of it is \(error.reason)")
    }
  }

  /// - Throws: where it is none, whatever is still to come.
  func tensor(_ reference: Argument) throws(UnknownLayer) -> Argument? {
    guard case .tensor(let layer, let call, let output) = reference else { return nil }
    guard layers.contains(layer) || tensors[layer] != nil else {
      throw UnknownLayer(reason: "the output of '\(layer)', which is no layer of the model")
    }
    let isOnly = (counts[layer] ?? 1) <= 1
    guard let found = tensors[layer]?[isOnly ? 0 : call - (firstNumbers[layer] ?? 0)] else { return nil }
    // The outputs of a nested model are listed; those of a layer are told apart later on.
    if found.count == 1, case .tensor(let name, _, 0) = found[0] {
      return .tensor(layer: name, call: 0, output: output)
    }
    guard found.indices.contains(output) else {
      throw UnknownLayer(reason: "output number \(output) of '\(layer)', which has \(found.count)")
    }
    return found[output]
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

/// A layer of a configuration that is not known here, or has a parameter that is not.
struct UnknownLayer: Error, Equatable {
  var reason: String
}
