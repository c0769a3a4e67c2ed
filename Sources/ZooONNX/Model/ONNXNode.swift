/// A value of an attribute, with the numbers that `AttributeProto` has for its type.
enum ONNXAttribute: Sendable, Equatable {
  case int(Int)
  case ints([Int])
  case float(Float)
  case string(String)

  func message(_ name: String) -> ProtobufMessage {
    var message = ProtobufMessage()
    message.add(1, name)
    switch self {
    case .float(let value):
      message.add(2, value)
      message.add(20, 1)
    case .int(let value):
      message.add(3, value)
      message.add(20, 2)
    case .string(let text):
      message.add(4, text)
      message.add(20, 3)
    case .ints(let values):
      message.add(8, values)
      message.add(20, 7)
    }
    return message
  }
}

/// An operation of the graph. An input that is left out has no name.
struct ONNXNode: Sendable, Equatable {
  var name: String
  var operation: String
  var inputs: [String]
  var outputs: [String]
  var attributes: [(name: String, value: ONNXAttribute)]

  static func == (left: ONNXNode, right: ONNXNode) -> Bool { left.message == right.message }

  var message: ProtobufMessage {
    var message = ProtobufMessage()
    for input in inputs { message.add(1, input) }
    for output in outputs { message.add(2, output) }
    message.add(3, name)
    message.add(4, operation)
    for attribute in attributes { message.add(5, attribute.value.message(attribute.name)) }
    return message
  }
}
