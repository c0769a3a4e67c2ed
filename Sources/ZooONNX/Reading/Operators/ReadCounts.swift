import ZooGraph

/// A whole number that a graph computes of the shapes of its values.
enum Count: Equatable {
  case known(Int)
  /// How many pictures there are.
  case pictures

  var number: Int? { if case .known(let number) = self { number } else { nil } }
}

/// Numbers that exporters compute of shapes, where Keras' layers have them as parameters. One number and a list of one are
/// the same here.
extension GraphReader {
  /// What a node computes of shapes and given numbers alone; `nil` where it computes something else.
  func countsComputed(by node: ReadNode) throws -> [Count]? {
    if node.operation == "Shape" { return try shape(node) }
    guard Self.countingOperators.contains(node.operation), let first = node.inputs.first,
      let counts = try counts(first)
    else { return nil }
    switch node.operation {
    case "Gather": return try gathered(counts, node)
    case "Slice": return try sliced(counts, node)
    case "Concat": return try joined(node)
    case "Add": return try combined(node) { $0.addingReportingOverflow($1) }
    case "Sub": return try combined(node) { $0.subtractingReportingOverflow($1) }
    case "Mul": return try combined(node) { $0.multipliedReportingOverflow(by: $1) }
    case "Div": return try combined(node) { $0.dividedReportingOverflow(by: $1) }
    case "Cast":
      guard [6, 7].contains(node.int("to") ?? 0) else {
        throw unsupported(node, "a change of whole numbers to others")
      }
      return counts
    default: return counts
    }
  }

  private static let countingOperators: Set<String> = [
    "Gather", "Slice", "Concat", "Add", "Sub", "Mul", "Div", "Cast", "Squeeze", "Unsqueeze", "Identity",
  ]

  private func shape(_ node: ReadNode) throws -> [Count] {
    let counts = [Count.pictures] + (try value(node, 0)).dimensions.map { .known($0) }
    let bounds = [node.int("start") ?? 0, node.int("end") ?? counts.count].map { bound in
      min(max(bound < 0 ? bound + counts.count : bound, 0), counts.count)
    }
    return Array(counts[bounds[0]..<max(bounds[0], bounds[1])])
  }

  private func gathered(_ counts: [Count], _ node: ReadNode) throws -> [Count] {
    try (wholeNumbers(node, 1) ?? []).map { index in
      let own = index < 0 ? index + counts.count : index
      guard counts.indices.contains(own) else { throw unsupported(node, "the index \(index)") }
      return counts[own]
    }
  }

  private func sliced(_ counts: [Count], _ node: ReadNode) throws -> [Count] {
    let bounds = try slices(node, of: [counts.count])
    guard let part = bounds[0] else { return counts }
    return (0..<part.count).map { counts[part.start + $0 * part.step] }
  }

  private func joined(_ node: ReadNode) throws -> [Count] {
    let parts = try node.inputs.indices.map { number in
      guard let part = try counts(node.inputs[number]) else {
        throw unsupported(node, "numbers beside values")
      }
      return part
    }
    let joined = Array(parts.joined())
    guard joined.count <= 64 else { throw unsupported(node, "\(joined.count) numbers") }
    return joined
  }

  private func combined(
    _ node: ReadNode, _ function: (Int, Int) -> (partialValue: Int, overflow: Bool)
  ) throws -> [Count] {
    guard let first = try wholeNumbers(node, 0), let second = try wholeNumbers(node, 1),
      first.count == second.count || first.count == 1 || second.count == 1
    else {
      throw unsupported(node, "numbers of different kinds")
    }
    return try (0..<max(first.count, second.count)).map { index in
      let result = function(first[first.count == 1 ? 0 : index], second[second.count == 1 ? 0 : index])
      guard !result.overflow else { throw unsupported(node, "a number that cannot be") }
      return .known(result.partialValue)
    }
  }

  // MARK: What operators take

  /// The whole numbers by a name; `nil` for what is none.
  func counts(_ name: String) throws -> [Count]? {
    if let counts = counts[name] { return counts }
    guard let tensor = constants[name], [6, 7].contains(tensor.type) else { return nil }
    return try onnx.integers(of: tensor).map { .known($0) }
  }

  /// Whole numbers that an input gives, `nil` where it is left out.
  ///
  /// - Throws: `FileError` where they depend on the pictures.
  func wholeNumbers(_ node: ReadNode, _ input: Int) throws -> [Int]? {
    guard node.inputs.indices.contains(input), !node.inputs[input].isEmpty else { return nil }
    guard let counts = try counts(node.inputs[input]) else {
      throw unsupported(node, "the input '\(node.inputs[input])', which is computed rather than given")
    }
    return try counts.map { count in
      guard let number = count.number else {
        throw unsupported(node, "a computation with the number of pictures")
      }
      return number
    }
  }

  /// Whole numbers that an attribute gives, in newer versions of an operator an input.
  func wholeNumbers(_ node: ReadNode, _ attribute: String, orInput input: Int) throws -> [Int]? {
    try node.ints(attribute) ?? wholeNumbers(node, input)
  }
}
