import ZooGraph
import ZooSystem

/// An `.onnx` file opened for reading: its graph, and where the numbers of its tensors are. None of it is trusted.
struct ONNXFile {
  /// Bounds of everything that a file may declare.
  enum Limit {
    static let size = 1 << 31
    static let nodes = 65_536
    static let tensors = 65_536
    static let name = 1 << 16
    static let text = 16 << 20
    static let listed = 65_536
    /// Of a tensor that are not stored as bytes.
    static let numbers = 1 << 24
    static let rank = 8
  }

  let file: MappedFile
  var opset = 0
  var producer = ""
  var metadata: [String: String] = [:]
  var graphName = ""
  var nodes: [ReadNode] = []
  var tensors: [String: ReadTensor] = [:]
  var inputs: [ReadInput] = []
  var outputs: [String] = []

  /// - Throws: `FileError` for what is no ONNX model.
  init(_ path: String) throws(FileError) {
    file = try MappedFile(path)
    guard file.count <= Limit.size else {
      throw FileError(path, "is larger than a message can be, 2 GiB", advice: "give an ONNX model")
    }
    let mapped = file
    do throws(ONNXDamage) {
      try mapped.withBytes { bytes throws(ONNXDamage) in try read(bytes) }
    } catch {
      throw FileError(
        path, "is no ONNX model, or damaged at byte \(error.position): \(error.reason)",
        advice: "export or fetch it again")
    }
    guard !nodes.isEmpty else { throw FileError(path, "is no ONNX model: it has no graph") }
  }

  // MARK: Messages

  private mutating func read(_ bytes: UnsafeRawBufferPointer) throws(ONNXDamage) {
    var reader = ProtobufReader(bytes, 0..<bytes.count)
    while let (field, value) = try reader.next() {
      switch (field, value) {
      case (2, .content(let range)): producer = try text(bytes, range)
      case (7, .content(let range)): try readGraph(bytes, range)
      case (8, .content(let range)): try readOpset(bytes, range)
      case (14, .content(let range)):
        let (key, text) = try entry(bytes, range)
        guard metadata.count < 1_024 else { throw ONNXDamage(range.lowerBound, "too many properties") }
        metadata[key] = text
      default: continue
      }
    }
  }

  /// The operators of ONNX itself; those of other domains are told by their nodes.
  private mutating func readOpset(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) throws(ONNXDamage) {
    var reader = ProtobufReader(bytes, range)
    var (domain, version) = ("", 0)
    while let (field, value) = try reader.next() {
      switch (field, value) {
      case (1, .content(let range)): domain = try text(bytes, range)
      case (2, .number(let number)): version = Int(truncatingIfNeeded: number)
      default: continue
      }
    }
    if domain.isEmpty || domain == "ai.onnx" { opset = version }
  }

  private mutating func readGraph(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) throws(ONNXDamage) {
    var reader = ProtobufReader(bytes, range)
    while let (field, value) = try reader.next() {
      guard case .content(let range) = value else { continue }
      switch field {
      case 1:
        guard nodes.count < Limit.nodes else { throw ONNXDamage(range.lowerBound, "too many nodes") }
        nodes.append(try node(bytes, range))
      case 2: graphName = try text(bytes, range)
      case 5:
        let tensor = try tensor(bytes, range)
        guard tensors.count < Limit.tensors, tensors[tensor.name] == nil else {
          throw ONNXDamage(range.lowerBound, "too many tensors, or two of the name '\(tensor.name)'")
        }
        tensors[tensor.name] = tensor
      case 11: inputs.append(try input(bytes, range))
      case 12: outputs.append(try input(bytes, range).name)
      case 15: throw ONNXDamage(range.lowerBound, "it has sparse tensors, which are not supported")
      default: continue
      }
      guard inputs.count <= Limit.tensors, outputs.count <= 1_024 else {
        throw ONNXDamage(range.lowerBound, "too many inputs or outputs")
      }
    }
  }

  private func node(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) throws(ONNXDamage) -> ReadNode {
    var reader = ProtobufReader(bytes, range)
    var node = ReadNode()
    while let (field, value) = try reader.next() {
      guard case .content(let range) = value else { continue }
      switch field {
      case 1: node.inputs.append(try text(bytes, range))
      case 2: node.outputs.append(try text(bytes, range))
      case 3: node.name = try text(bytes, range)
      case 4: node.operation = try text(bytes, range)
      case 5:
        let (name, attribute) = try attribute(bytes, range)
        node.attributes[name] = attribute
      case 7: node.domain = try text(bytes, range)
      default: continue
      }
      guard node.inputs.count <= Limit.listed, node.outputs.count <= 256, node.attributes.count <= 256 else {
        throw ONNXDamage(range.lowerBound, "a node has too many inputs, outputs or attributes")
      }
    }
    return node
  }

  private func attribute(
    _ bytes: UnsafeRawBufferPointer, _ range: Range<Int>
  ) throws(ONNXDamage) -> (String, ReadAttribute) {
    var reader = ProtobufReader(bytes, range)
    var (name, result, numbers) = ("", ReadAttribute.other, [Int]())
    while let (field, value) = try reader.next() {
      switch (field, value) {
      case (1, .content(let range)): name = try text(bytes, range)
      case (2, .bits32(let bits)): result = .float(Float(bitPattern: bits))
      case (3, .number(let number)): result = .int(Int(truncatingIfNeeded: number))
      case (4, .content(let range)): result = .string(try text(bytes, range))
      case (5, .content(let range)): result = .tensor(try tensor(bytes, range))
      case (8, _):
        numbers += try ProtobufReader.numbers(value, in: bytes, limit: Limit.listed)
          .map { Int(truncatingIfNeeded: $0) }
        guard numbers.count <= Limit.listed else {
          throw ONNXDamage(range.lowerBound, "an attribute lists too many numbers")
        }
        result = .ints(numbers)
      default: continue
      }
    }
    return (name, result)
  }

  private func input(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) throws(ONNXDamage) -> ReadInput {
    var reader = ProtobufReader(bytes, range)
    var input = ReadInput()
    while let (field, value) = try reader.next() {
      guard case .content(let range) = value else { continue }
      if field == 1 { input.name = try text(bytes, range) }
      if field == 2 { try readType(bytes, range, into: &input) }
    }
    return input
  }

  /// `TypeProto`, of which tensors are read: `tensor_type { elem_type, shape { dim { dim_value } } }`.
  private func readType(
    _ bytes: UnsafeRawBufferPointer, _ range: Range<Int>, into input: inout ReadInput
  ) throws(ONNXDamage) {
    var type = ProtobufReader(bytes, range)
    while let (field, value) = try type.next() {
      guard field == 1, case .content(let range) = value else { continue }
      var tensor = ProtobufReader(bytes, range)
      while let (field, value) = try tensor.next() {
        switch (field, value) {
        case (1, .number(let number)): input.type = Int(truncatingIfNeeded: number)
        case (2, .content(let range)): input.dimensions = try dimensions(bytes, range)
        default: continue
        }
      }
    }
  }

  private func dimensions(
    _ bytes: UnsafeRawBufferPointer, _ range: Range<Int>
  ) throws(ONNXDamage) -> [Int?] {
    var shape = ProtobufReader(bytes, range)
    var dimensions: [Int?] = []
    while let (field, value) = try shape.next() {
      guard field == 1, case .content(let range) = value else { continue }
      var reader = ProtobufReader(bytes, range)
      var dimension: Int?
      while let (field, value) = try reader.next() {
        if field == 1, case .number(let number) = value { dimension = Int(truncatingIfNeeded: number) }
      }
      guard dimensions.count < Limit.rank else { throw ONNXDamage(range.lowerBound, "too many dimensions") }
      dimensions.append(dimension)
    }
    return dimensions
  }

  private func tensor(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) throws(ONNXDamage) -> ReadTensor {
    var reader = ProtobufReader(bytes, range)
    var tensor = ReadTensor()
    while let (field, value) = try reader.next() {
      switch (field, value) {
      case (1, _):
        tensor.shape += try ProtobufReader.numbers(value, in: bytes, limit: Limit.rank)
          .map { Int(truncatingIfNeeded: $0) }
        guard tensor.shape.count <= Limit.rank, tensor.shape.allSatisfy((0...Limit.size).contains) else {
          throw ONNXDamage(range.lowerBound, "a tensor has too many dimensions, or impossible ones")
        }
      case (2, .number(let number)): tensor.type = Int(truncatingIfNeeded: number)
      case (4, .content(let range)), (9, .content(let range)), (10, .content(let range)):
        guard case .none = tensor.numbers else {
          throw ONNXDamage(range.lowerBound, "a tensor has two contents")
        }
        tensor.numbers = .bytes(range)
      case (4, .bits32(let bits)): try tensor.append(bits: UInt64(bits), at: range.lowerBound)
      case (10, .bits64(let bits)): try tensor.append(bits: bits, at: range.lowerBound)
      case (5, _), (7, _):
        for number in try ProtobufReader.numbers(value, in: bytes, limit: Limit.numbers) {
          try tensor.append(bits: number, at: range.lowerBound)
        }
      case (8, .content(let range)): tensor.name = try text(bytes, range)
      case (13, .content(let range)):
        let (key, text) = try entry(bytes, range)
        tensor.external[key] = text
        guard tensor.external.count <= 16 else { throw ONNXDamage(range.lowerBound, "too many entries") }
      case (14, .number(let number)): tensor.isExternal = number == 1
      default: continue
      }
    }
    return tensor
  }

  private func entry(
    _ bytes: UnsafeRawBufferPointer, _ range: Range<Int>
  ) throws(ONNXDamage) -> (key: String, value: String) {
    var reader = ProtobufReader(bytes, range)
    var (key, result) = ("", "")
    while let (field, value) = try reader.next() {
      guard case .content(let range) = value else { continue }
      if field == 1 { key = try text(bytes, range) }
      if field == 2 { result = try text(bytes, range, limit: Limit.text) }
    }
    return (key, result)
  }

  private func text(
    _ bytes: UnsafeRawBufferPointer, _ range: Range<Int>, limit: Int = Limit.name
  ) throws(ONNXDamage) -> String {
    guard range.count <= limit else {
      throw ONNXDamage(range.lowerBound, "a text has \(range.count) bytes, more than \(limit)")
    }
    guard let text = String(validating: bytes[range], as: UTF8.self) else {
      throw ONNXDamage(range.lowerBound, "a text is not in UTF-8")
    }
    return text
  }
}

/// A node of a file.
struct ReadNode: Sendable {
  var name = ""
  var operation = ""
  var domain = ""
  var inputs: [String] = []
  var outputs: [String] = []
  var attributes: [String: ReadAttribute] = [:]
}

enum ReadAttribute: Sendable {
  case int(Int)
  case ints([Int])
  case float(Float)
  case string(String)
  case tensor(ReadTensor)
  /// What no operator that is read has: graphs, lists of texts.
  case other
}

/// An input or output: its type's number, and dimensions of which some may be open.
struct ReadInput: Sendable {
  var name = ""
  var type = 0
  var dimensions: [Int?] = []
}

/// A tensor of a file.
struct ReadTensor: Sendable {
  enum Numbers: Sendable {
    case none
    /// Little-endian, as they lie in the file.
    case bytes(Range<Int>)
    /// One by one, as bits.
    case listed([UInt64])
  }

  var name = ""
  var type = 0
  var shape: [Int] = []
  var numbers = Numbers.none
  var external: [String: String] = [:]
  var isExternal = false

  fileprivate mutating func append(bits: UInt64, at position: Int) throws(ONNXDamage) {
    switch numbers {
    case .none: numbers = .listed([bits])
    case .listed(var list):
      guard list.count < ONNXFile.Limit.numbers else {
        throw ONNXDamage(position, "a tensor lists too many numbers")
      }
      numbers = .none
      list.append(bits)
      numbers = .listed(list)
    case .bytes: throw ONNXDamage(position, "a tensor has two contents")
    }
  }
}
