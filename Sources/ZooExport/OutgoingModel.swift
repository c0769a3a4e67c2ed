import ZooFile
import ZooGraph
import ZooKeras
import ZooSystem

/// A model on its way to Keras: the layers Keras shall build, and where the values of each weight are.
struct OutgoingModel {
  struct Weight {
    enum Values {
      /// A tensor of the file, by its position.
      case tensor(Int)
      case constant([Float])
    }

    let type: ElementType
    let shape: [Int]
    let values: Values

    /// The tensor of the file that it is.
    var tensor: Int? {
      if case .tensor(let index) = values { index } else { nil }
    }
  }

  let file: ZooFile
  var graph: ResolvedGraph
  /// Weights that the file does not have, by the layer's and their own name: those of the preprocessing.
  private var constants: [String: [String: [Float]]] = [:]

  init(_ file: ZooFile) {
    self.file = file
    graph = file.graph
  }

  /// A model with the layers that Keras has.
  ///
  /// - Parameter forKeras2: whether Keras 2 shall take it as well.
  init(wholeOf file: ZooFile, withPreprocessing: Bool, forKeras2: Bool) throws {
    self.init(file)
    if withPreprocessing { try addPreprocessing() }
    try spellOutActivations(forKeras2: forKeras2)
    try writeOutConstantLookUps()
  }

  /// A tensor of the file.
  func weight(_ tensor: Int) -> Weight {
    let info = file.tensors[tensor]
    return Weight(type: info.type, shape: info.shape, values: .tensor(tensor))
  }

  /// The weights of a layer, by Keras' names and in Keras' order.
  func weights(of entry: ResolvedGraph.Entry) -> [(name: String, weight: Weight)] {
    let layer = entry.owner
    return entry.weights.compactMap { spec in
      if let values = constants[layer]?[spec.name] {
        return (spec.name, Weight(type: .float32, shape: spec.shape, values: .constant(values)))
      }
      return file.index(layer: layer, weight: spec.name).map { (spec.name, weight($0)) }
    }
  }

  /// Calls `body` with the bytes of a weight, in pieces.
  func read(_ weight: Weight, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    switch weight.values {
    case .tensor(let index): try file.read(index, body)
    case .constant(let values): try values.withUnsafeBytes(body)
    }
  }

  /// Puts the preprocessing in as the first layer, which training leaves alone, so that the model takes RGB pixels 0…255.
  ///
  /// - Throws: `FileError` when the pictures do not have the channels of the preprocessing.
  private mutating func addPreprocessing() throws {
    let (preprocessing, channels) = (file.model.preprocessing, graph.inputShape.picture?.channels ?? 1)
    guard preprocessing.suits(channels: channels) else {
      throw FileError(
        file.path,
        "its preprocessing '\(preprocessing)' is for pictures of \(preprocessing.channelCount ?? 1) channels, "
          + "but it takes \(graph.inputShape)", advice: "leave --with-preprocessing out")
    }
    guard let (layer, weights) = preprocessing.layer(channels: channels) else { return }
    var changed = graph.graph
    var names = LayerNames(taken: changed.nodes.map(\.name))
    let (input, name) = (changed.nodes[graph.inputIndex].name, names.next("preprocessing"))
    for index in changed.nodes.indices {
      changed.nodes[index].inputs = changed.nodes[index].inputs.map { $0 == input ? name : $0 }
    }
    changed.nodes.insert(
      Node(name, layer, inputs: [input], trainable: false), at: graph.inputIndex + 1)
    graph = try changed.resolved()
    constants[name] = weights
  }

  /// The configuration of a functional model.
  ///
  /// - Throws: `FileError` when Keras cannot have such layers.
  func functionalConfig() throws -> JSONValue {
    do {
      return try graph.functionalConfig()
    } catch let error as GraphError {
      throw FileError(
        file.path, error.description, advice: "export the weights alone, as .weights.h5 or .safetensors")
    }
  }

  /// Writes activations that Keras does not have, or not as parameters of a layer, as layers of their own.
  ///
  /// - Parameter forKeras2: as well those that Keras 2 does not have: it has another hard sigmoid, and no hard-swish.
  mutating func spellOutActivations(forKeras2: Bool) throws {
    graph = try graph.graph.spellingOut { function in
      forKeras2 && (function == .hardSigmoid || function == .hardSilu) || !function.isKerasParameter
    }.resolved()
  }
}
