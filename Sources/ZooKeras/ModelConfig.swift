import FoundationEssentials
import ZooGraph

/// What a whole model's configuration (`model_config`, `config.json`) tells beyond its weights.
struct ModelConfig {
  private let root: JSONValue

  /// `nil` when the text is not JSON.
  init?(_ text: String) {
    guard let root = try? JSONDecoder().decode(JSONValue.self, from: Data(text.utf8)) else { return nil }
    self.root = root
  }

  /// Height and width of the first input that has both.
  var inputSize: Size2D? {
    for object in root.objects {
      for key in ["batch_shape", "batch_input_shape"] {
        guard case .array(let shape)? = object[key], shape.count == 4,
          case .number(let height) = shape[1], case .number(let width) = shape[2],
          (1...16_384).contains(height), (1...16_384).contains(width)
        else { continue }
        return Size2D(Int(height), Int(width))
      }
    }
    return nil
  }

  /// The activation of a layer.
  func activation(of layer: String) -> ActivationFunction? {
    for object in root.objects where object["name"] == .string(layer) {
      if case .string(let name)? = object["activation"] { return ActivationFunction(rawValue: name) }
    }
    return nil
  }
}

/// Any JSON.
enum JSONValue: Decodable, Equatable {
  case null
  case bool(Bool)
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object([String: JSONValue])

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .bool(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let value = try? container.decode(String.self) {
      self = .string(value)
    } else if let value = try? container.decode([JSONValue].self) {
      self = .array(value)
    } else {
      self = .object(try container.decode([String: JSONValue].self))
    }
  }

  /// All objects, outer before inner, lists in order.
  var objects: [[String: JSONValue]] {
    switch self {
    case .object(let members): [members] + members.sorted { $0.key < $1.key }.flatMap { $0.value.objects }
    case .array(let values): values.flatMap(\.objects)
    default: []
    }
  }
}
