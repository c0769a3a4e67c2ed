/// A type of elements, with the number that `TensorProto` has for it.
enum ONNXType: Int, Sendable {
  case float32 = 1
  case int64 = 7
  case float16 = 10

  /// Bytes of an element.
  var size: Int {
    switch self {
    case .float16: 2
    case .float32: 4
    case .int64: 8
    }
  }
}

/// An input or an output of the graph.
struct ONNXValue: Sendable, Equatable {
  enum Dimension: Sendable, Equatable {
    case count(Int)
    /// Any number; the same where the name is the same.
    case named(String)

    fileprivate var message: ProtobufMessage {
      var message = ProtobufMessage()
      switch self {
      case .count(let count): message.add(1, count)
      case .named(let name): message.add(2, name)
      }
      return message
    }
  }

  var name: String
  var type: ONNXType
  /// The batch's first.
  var dimensions: [Dimension]

  var message: ProtobufMessage {
    var shape = ProtobufMessage()
    for dimension in dimensions { shape.add(1, dimension.message) }
    var tensor = ProtobufMessage()
    tensor.add(1, type.rawValue)
    tensor.add(2, shape)
    var kind = ProtobufMessage()
    kind.add(1, tensor)
    var message = ProtobufMessage()
    message.add(1, name)
    message.add(2, kind)
    return message
  }
}

/// Numbers that are part of the model, by name.
struct ONNXInitializer: Sendable, Equatable {
  var name: String
  var view: TensorView

  var byteCount: Int { view.count * view.type.size }

  /// All but the numbers themselves.
  var head: ProtobufMessage {
    var message = ProtobufMessage()
    message.add(1, view.shape)
    message.add(2, view.type.rawValue)
    message.add(8, name)
    return message
  }
}

/// A whole model; the values of its weights are read when it is written.
struct ONNXModel: Sendable {
  var name: String
  var opset: ONNXOpset
  var nodes: [ONNXNode]
  var initializers: [ONNXInitializer]
  var inputs: [ONNXValue]
  var outputs: [ONNXValue]
  var metadata: [(key: String, value: String)]
}

/// A version of ONNX' operators.
public struct ONNXOpset: Sendable, Hashable, Comparable {
  /// As ONNX counts.
  public let version: Int

  /// Those that can be written.
  public static let known = 13...28
  /// Widely read, and the first with Gelu.
  public static let standard = ONNXOpset(unchecked: 20)

  /// `nil` for one that is not in ``known``.
  public init?(_ version: Int) {
    guard Self.known.contains(version) else { return nil }
    self.version = version
  }

  private init(unchecked version: Int) { self.version = version }

  public static func < (left: ONNXOpset, right: ONNXOpset) -> Bool { left.version < right.version }

  /// The format's version that came with it, by `VERSION_TABLE` in `onnx/helper.py`.
  var formatVersion: Int {
    switch version {
    case ...14: 7
    case ...18: 8
    case ...20: 9
    case ...22: 10
    case 23: 11
    case 24: 12
    case ...27: 13
    default: 14
    }
  }
}
