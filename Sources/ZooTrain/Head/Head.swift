import ZooEngine
import ZooGraph

/// The layers put on top of a base, written as `dense:1024:relu,dropout:0.3,dense`.
public struct Head: Sendable, Equatable {
  /// How a feature map becomes a vector.
  public enum Pooling: String, Sendable, CaseIterable, Codable {
    /// The mean of each channel.
    case average = "avg"
    /// The greatest value of each channel.
    case maximum = "max"
    /// All values side by side.
    case flatten
  }

  /// A layer of the head, or two that go together.
  public enum Part: Sendable, Equatable {
    /// `units` `nil`: one for each class, with the loss' own activation.
    case dense(units: Int?, activation: ActivationFunction)
    /// Drops this share of values in training.
    case dropout(rate: Double)
  }

  /// How the last map becomes a vector.
  public var pooling: Pooling
  /// From the base to the output.
  public var parts: [Part]

  /// One hidden layer of 1024 units, then one unit for each class.
  public static let standard = Head(
    pooling: .average,
    parts: [.dense(units: 1_024, activation: .relu), .dense(units: nil, activation: .linear)])

  /// One unit for each class, nothing else.
  public static let linear = Head(pooling: .average, parts: [.dense(units: nil, activation: .linear)])

  /// - Parameter parts: from the base to the output.
  public init(pooling: Pooling, parts: [Part]) {
    self.pooling = pooling
    self.parts = parts
  }

  /// Reads `linear`, or parts separated by commas: `dense`, `dense:UNITS`, `dense:UNITS:ACTIVATION`,
  /// `dropout:RATE`. The last part must be a `dense`.
  ///
  /// - Throws: `TrainError` that quotes the part at fault.
  public init(_ text: String, pooling: Pooling = .average) throws(TrainError) {
    self.pooling = pooling
    if text == "linear" {
      parts = Head.linear.parts
      return
    }
    parts = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      parts.append(try Self.part(part.filter { $0 != " " }))
    }
    guard case .dense = parts.last else {
      throw TrainError("the head '\(text)' does not end in a dense layer", advice: "add ',dense' at its end")
    }
  }

  private static func part(_ text: String) throws(TrainError) -> Part {
    let fields = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    switch (fields.first ?? "", fields.count) {
    case ("dense", 1): return .dense(units: nil, activation: .linear)
    case ("dense", 2...3):
      guard let units = Int(fields[1]), (1...(1 << 20)).contains(units) else {
        throw TrainError("'\(text)' in the head: the units must be between 1 and 1048576")
      }
      guard fields.count == 3 else { return .dense(units: units, activation: .linear) }
      guard let activation = ActivationFunction(named: fields[2]) else {
        let names = ActivationFunction.names
        throw TrainError("'\(text)' in the head: " + unknown(fields[2], amongst: names, what: "activation"))
      }
      return .dense(units: units, activation: activation)
    case ("dropout", 2):
      guard let rate = Double(fields[1]), rate >= 0, rate < 1 else {
        throw TrainError("'\(text)' in the head: the rate must be at least 0 and below 1")
      }
      return .dropout(rate: rate)
    default:
      throw TrainError(
        "'\(text)' is no part of a head",
        advice: "use dense, dense:UNITS, dense:UNITS:ACTIVATION or dropout:RATE, or linear as the whole head")
    }
  }
}

/// A base with a head on.
public struct ModelWithHead: Sendable, Equatable {
  /// The network with its new layers.
  public let graph: ModelGraph
  /// The names of the layers that were put on.
  public let headLayers: [String]
}

extension Head {
  /// Puts the head on the last feature map of `base`, in place of what was there, or on its output where that is
  /// a vector.
  ///
  /// Layers are named as Keras names them: `global_average_pooling2d`, `dense`, `dense_1`, `dropout`, ….
  ///
  /// - Parameters:
  ///   - classes: the width of the last layer.
  ///   - output: the last layer's activation, as the loss wants it (``Loss/outputFunction``).
  /// - Throws: `TrainError` when the head's last width is not `classes`, or the graph is not sound.
  public func appended(
    to base: ResolvedGraph, classes: Int, output: ActivationFunction
  ) throws(TrainError) -> ModelWithHead {
    guard classes >= 1 else { throw TrainError("a head needs at least one class") }
    if case .dense(let units?, _) = parts.last, units != classes {
      throw TrainError(
        "the head ends in \(units) units, but there are \(classes) classes",
        advice: "leave the last width out, as in '…,dense'")
    }
    do throws(GraphError) {
      var graph = try base.graph.cut(at: base.featureMap.node.name)
      var names = LayerNames(taken: graph.nodes.map(\.name))
      if base.featureMap.shape.rank != 1 {
        graph = graph.appending(pooling.layer, names.next(pooling.kerasName))
      }
      for (index, part) in parts.enumerated() {
        switch part {
        case .dropout(let rate):
          graph = graph.appending(Dropout(rate: rate), names.next("dropout"))
        case .dense(let units, let activation):
          let isLast = index == parts.count - 1
          let layer = Dense(units: units ?? classes, activation: isLast ? output : activation)
          graph = graph.appending(layer, names.next("dense"))
        }
      }
      _ = try graph.resolved()
      return ModelWithHead(graph: graph, headLayers: names.given)
    } catch {
      throw TrainError("the head does not fit on '\(base.graph.name)': \(error)")
    }
  }
}

extension Head.Pooling {
  fileprivate var layer: any LayerKind {
    switch self {
    case .average: GlobalAveragePooling2D()
    case .maximum: GlobalMaxPooling2D()
    case .flatten: Flatten()
    }
  }

  fileprivate var kerasName: String {
    switch self {
    case .average: "global_average_pooling2d"
    case .maximum: "global_max_pooling2d"
    case .flatten: "flatten"
    }
  }
}
