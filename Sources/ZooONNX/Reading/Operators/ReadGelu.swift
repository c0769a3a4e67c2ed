import ZooGraph

/// A part of the formula by which programs write a Gelu where their version of ONNX has none:
/// x · (½ · erf(x / √2) + ½), in any order.
struct GeluPart {
  /// What the file calls x.
  var input: String
  /// What the error function is multiplied by, and what is added.
  var factor = 1.0
  var offset = 0.0
  var isTimesInput = false

  /// Whether it is the whole.
  var isComplete: Bool { isTimesInput && factor == 0.5 && offset == 0.5 }
}

extension GraphReader {
  /// Where the error function is taken of √½ of a value.
  func geluBegins(_ node: ReadNode) throws -> GeluPart {
    guard let argument = node.inputs.first.flatMap({ scaled[$0] }),
      abs(argument.factor / 0.5.squareRoot() - 1) < 1e-6
    else {
      throw unsupported(node, "an error function that is no part of a Gelu")
    }
    return GeluPart(input: argument.input)
  }

  /// The next part of a Gelu; `nil` for a node that takes none.
  func geluGoesOn(_ node: ReadNode) throws -> GeluPart? {
    guard ["Add", "Mul"].contains(node.operation), node.inputs.count == 2,
      let position = node.inputs.firstIndex(where: { geluParts[$0] != nil }),
      var part = geluParts[node.inputs[position]]
    else { return nil }
    let other = node.inputs[1 - position]
    if node.operation == "Mul", !part.isTimesInput, let factor = factor(of: other, times: part.input) {
      part.isTimesInput = true
      part.factor *= factor
      part.offset *= factor
      return part
    }
    guard let number = try number(other), node.operation == "Mul" || !part.isTimesInput else {
      throw unsupported(node, "an error function that is no part of a Gelu")
    }
    if node.operation == "Mul" {
      part.factor *= number
      part.offset *= number
    } else {
      part.offset += number
    }
    return part
  }

  /// What a value is a multiple of another one by, 1 where it is the other one itself.
  private func factor(of value: String, times input: String) -> Double? {
    if value == input { return 1 }
    guard let scaled = scaled[value], scaled.input == input else { return nil }
    return scaled.factor
  }

  /// - Parameter part: the whole of it.
  mutating func readGelu(_ node: ReadNode, _ part: GeluPart) throws -> ReadValue {
    var whole = node
    whole.inputs = [part.input]
    return try apply(Layer(Activation(.gelu(approximate: false))), whole)
  }

  /// A value times a number: what it may be a Gelu's argument by.
  func scaling(_ node: ReadNode) throws -> (input: String, factor: Double)? {
    guard ["Mul", "Div"].contains(node.operation), node.inputs.count == 2,
      let position = try node.inputs.indices.first(where: { try number(node.inputs[$0]) != nil }),
      let number = try number(node.inputs[position])
    else { return nil }
    switch (node.operation, position) {
    case ("Mul", _): return (node.inputs[1 - position], number)
    case (_, 1): return (node.inputs[0], 1 / number)
    default: return nil
    }
  }

  /// A single number that is part of the model.
  private func number(_ name: String) throws -> Double? {
    guard let tensor = constants[name], [1, 10, 11].contains(tensor.type),
      elementCountOf(tensor.shape) == 1
    else { return nil }
    return try onnx.floats(of: tensor).first.map(Double.init)
  }
}
