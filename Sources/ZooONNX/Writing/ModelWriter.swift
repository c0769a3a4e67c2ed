import ZooGraph
import ZooSystem

/// Writes a model: all lengths are known before, so that the numbers of its weights are never held together.
struct ModelWriter {
  let model: ONNXModel
  let path: String
  /// Above it the weights go into a file of their own: no reader takes a message of 2 GiB.
  var longestMessage = 1 << 31 - 1

  /// Numbers that readers look at to infer shapes stay in the model.
  private static let shortestExternal = 1_024
  /// Where readers can map them.
  private static let alignment = 4_096

  /// Where the weights go that are not in the model.
  var externalPath: String { path + ".data" }

  /// - Parameter write: writes an initializer's numbers to a file, from a position on.
  /// - Returns: whether there is a file of weights beside the model.
  func write(
    _ write: (ONNXInitializer, AtomicFile, Int) throws -> Void
  ) throws -> Bool {
    let whole = graph { $0.head(lengthOfNumbers: $0.byteCount) }
    let total = whole.length + head.bytes.count + 16
    guard total > longestMessage else {
      let file = try AtomicFile(path)
      try self.write(whole, to: file, write)
      try file.commit()
      return false
    }
    try writeInTwoFiles(write)
    return true
  }

  private func writeInTwoFiles(_ write: (ONNXInitializer, AtomicFile, Int) throws -> Void) throws {
    let (file, data) = (try AtomicFile(path), try AtomicFile(externalPath))
    let location = externalPath.split(separator: "/").last.map(String.init) ?? externalPath
    var offsets: [String: Int] = [:]
    for initializer in model.initializers where isExternal(initializer) {
      data.skip((Self.alignment - data.position % Self.alignment) % Self.alignment)
      offsets[initializer.name] = data.position
      try write(initializer, data, data.position)
      data.skip(initializer.byteCount)
    }
    let graph = graph { initializer in
      guard let offset = offsets[initializer.name] else {
        return initializer.head(lengthOfNumbers: initializer.byteCount)
      }
      return initializer.head(location: location, offset: offset)
    }
    try self.write(graph, to: file) { initializer, file, position in
      if offsets[initializer.name] == nil { try write(initializer, file, position) }
    }
    // A model without its weights is of no use, weights without a model do no harm.
    try data.commit()
    try file.commit()
  }

  private func isExternal(_ initializer: ONNXInitializer) -> Bool {
    initializer.byteCount >= Self.shortestExternal && initializer.view.type != .int64
  }

  // MARK: The message

  /// All but the graph.
  private var head: ProtobufMessage {
    var message = ProtobufMessage()
    message.add(1, model.opset.formatVersion)
    message.add(2, "zoo")
    message.add(3, zooVersion)
    var opset = ProtobufMessage()
    opset.add(1, "")
    opset.add(2, model.opset.version)
    message.add(8, opset)
    for (key, value) in model.metadata {
      var entry = ProtobufMessage()
      entry.add(1, key)
      entry.add(2, value)
      message.add(14, entry)
    }
    return message
  }

  /// The graph's fields in order; each initializer is a head whose numbers follow.
  private struct Graph {
    var nodes: ProtobufMessage
    var initializers: [(initializer: ONNXInitializer, head: ProtobufMessage, numbers: Int)]
    var rest: ProtobufMessage

    var length: Int {
      initializers.reduce(nodes.bytes.count + rest.bytes.count) { sum, part in
        var opening = ProtobufMessage()
        opening.open(5, length: part.head.bytes.count + part.numbers)
        return sum + opening.bytes.count + part.head.bytes.count + part.numbers
      }
    }
  }

  private func graph(_ head: (ONNXInitializer) -> (ProtobufMessage, numbers: Int)) -> Graph {
    var nodes = ProtobufMessage()
    for node in model.nodes { nodes.add(1, node.message) }
    nodes.add(2, model.name)
    var rest = ProtobufMessage()
    for input in model.inputs { rest.add(11, input.message) }
    for output in model.outputs { rest.add(12, output.message) }
    let initializers = model.initializers.map { initializer in
      let (head, numbers) = head(initializer)
      return (initializer, head, numbers)
    }
    return Graph(nodes: nodes, initializers: initializers, rest: rest)
  }

  private func write(
    _ graph: Graph, to file: AtomicFile, _ write: (ONNXInitializer, AtomicFile, Int) throws -> Void
  ) throws {
    var opening = head
    opening.open(7, length: graph.length)
    try file.write(opening.bytes + graph.nodes.bytes)
    for (initializer, head, numbers) in graph.initializers {
      var opening = ProtobufMessage()
      opening.open(5, length: head.bytes.count + numbers)
      try file.write(opening.bytes + head.bytes)
      try write(initializer, file, file.position)
      file.skip(numbers)
    }
    try file.write(graph.rest.bytes)
  }
}

extension ONNXInitializer {
  /// A tensor whose numbers follow.
  fileprivate func head(lengthOfNumbers length: Int) -> (ProtobufMessage, numbers: Int) {
    var message = head
    message.open(9, length: length)
    return (message, length)
  }

  /// A tensor whose numbers are in another file.
  fileprivate func head(location: String, offset: Int) -> (ProtobufMessage, numbers: Int) {
    var message = head
    for (key, value) in [("location", location), ("offset", "\(offset)"), ("length", "\(byteCount)")] {
      var entry = ProtobufMessage()
      entry.add(1, key)
      entry.add(2, value)
      message.add(13, entry)
    }
    message.add(14, 1)
    return (message, 0)
  }
}
