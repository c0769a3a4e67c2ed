import FoundationEssentials
import ZooArrays
import ZooEngine
import ZooGraph
import ZooSystem

/// A training as it was after an epoch. On disk a safetensors file with the tensors, and the rest as JSON in its
/// metadata.
public struct Checkpoint: Sendable {
  /// What a checkpoint must agree in with the training that goes on from it.
  struct Identity: Sendable, Codable, Equatable {
    var version = 4
    var graph: String
    var plan: String
    var data: String
  }

  fileprivate struct Contents: Codable {
    var identity: Identity
    var state: TrainingState
    var iterations: Int
    var slotCounts: [Int]
    /// CRC-32 of each tensor by its name; older versions had none.
    var checksums: [String: UInt32]?
  }

  fileprivate static let key = "zoo_training"

  let identity: Identity
  let state: TrainingState
  let tensors: TrainingTensors

  /// Writes it whole or not at all.
  ///
  /// - Parameter survivesPowerFailure: whether to wait until it is on the disk.
  /// - Throws: `FileError` when it cannot be written.
  public func write(to path: String, survivesPowerFailure: Bool = true) throws(FileError) {
    var list: [(name: String, values: [Float])] = []
    // The best weights may be the present ones.
    let best = state.bestIsLatest ? [:] : tensors.best
    for (kind, weights) in [("weight", tensors.weights), ("best", best)] {
      for (name, values) in weights.sorted(by: { $0.key.description < $1.key.description }) {
        list.append(("\(kind):\(name)", values))
      }
    }
    for (number, slots) in tensors.slots.enumerated() {
      for (slot, values) in slots.enumerated() { list.append(("slot:\(number):\(slot)", values)) }
    }
    let contents = Contents(
      identity: identity, state: state, iterations: tensors.iterations,
      slotCounts: tensors.slots.map(\.count), checksums: Self.checksums(of: list))
    let writer = try SafetensorsWriter(
      path, list.map { SafetensorsWriter.Tensor($0.name, .float32, [$0.values.count]) },
      metadata: [Self.key: try json(contents, path)], survivesPowerFailure: survivesPowerFailure)
    for tensor in list { try writer.append(tensor.values) }
    try writer.finish()
  }

  /// The beginning of it, as if it held no more, and which share of it that is: for its writing to be timed.
  ///
  /// - Parameter count: how many numbers it has at most.
  public func sample(of count: Int) -> (checkpoint: Checkpoint, share: Double) {
    let all = Array(tensors.weights.values) + Array(tensors.best.values) + tensors.slots.joined()
    var values: [Float] = []
    for tensor in all where values.count < count { values += tensor.prefix(count - values.count) }
    var sample = TrainingTensors()
    sample.slots = [[values]]
    let share = Double(values.count) / Double(max(1, all.reduce(0) { $0 + $1.count }))
    return (Checkpoint(identity: identity, state: state, tensors: sample), share)
  }

  private func json(_ contents: Contents, _ path: String) throws(FileError) -> String {
    do {
      return String(decoding: try Self.encoder.encode(contents), as: UTF8.self)
    } catch {
      throw FileError(path, "cannot be written: \(error)")
    }
  }

  fileprivate static func checksums(of tensors: [(name: String, values: [Float])]) -> [String: UInt32] {
    Dictionary(tensors.map { ($0.name, $0.values.withUnsafeBytes(crc32)) }) { first, _ in first }
  }

  static func digest(_ value: some Encodable) -> String {
    let bytes = (try? encoder.encode(value)) ?? Data()
    return bytes.withUnsafeBytes { Digest.of($0) }
  }

  private static let encoder: JSONEncoder = {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return encoder
  }()
}

extension TrainingRun {
  /// The training as it was after its last epoch.
  ///
  /// - Parameter data: names the pictures, such as a digest of their content; resuming asks for the same.
  public func checkpoint(data: String) -> Checkpoint {
    let (state, tensors) = saved
    return Checkpoint(identity: identity(data: data), state: state, tensors: tensors)
  }

  /// Goes on from a checkpoint.
  ///
  /// - Throws: `FileError` for a file that is no checkpoint, is damaged, or belongs to another network, plan or
  ///   data set.
  public func resume(from path: String, data: String) throws(FileError) {
    let file: SafetensorsFile
    do throws(FileError) { file = try SafetensorsFile(path) } catch { throw damaged(path, error.reason) }
    let contents = try self.contents(of: file, path)
    try check(contents.identity, against: identity(data: data), path)
    var tensors = TrainingTensors()
    tensors.iterations = contents.iterations
    tensors.slots = contents.slotCounts.map { Array(repeating: [], count: min($0, 8)) }
    let list = file.tensors.map { ($0.name, file.floats(of: $0)) }
    guard Checkpoint.checksums(of: list) == contents.checksums else {
      throw damaged(path, "has other tensors than were written")
    }
    for (name, values) in list {
      guard place(values, named: name, in: &tensors) else {
        throw damaged(path, "has an unknown tensor '\(name)'")
      }
    }
    if contents.state.bestIsLatest { tensors.best = tensors.weights }
    try checkShapes(tensors, contents.state, path)
    restore(contents.state, tensors)
  }

  func identity(data: String) -> Checkpoint.Identity {
    Checkpoint.Identity(graph: digests.graph, plan: digests.plan, data: data)
  }

  private func contents(of file: SafetensorsFile, _ path: String) throws(FileError) -> Checkpoint.Contents {
    guard let text = file.metadata[Checkpoint.key] else {
      throw FileError(path, "is no checkpoint of a training", advice: "give the file that 'zoo train' wrote")
    }
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    do {
      return try decoder.decode(Checkpoint.Contents.self, from: Data(text.utf8))
    } catch {
      throw damaged(path, "cannot be read: its description is not what this version writes")
    }
  }

  private func check(
    _ found: Checkpoint.Identity, against expected: Checkpoint.Identity, _ path: String
  ) throws(FileError) {
    let other: String
    if found.version != expected.version {
      other = "was written by another version (\(found.version) instead of \(expected.version))"
    } else if found.graph != expected.graph {
      other = "belongs to another network"
    } else if found.data != expected.data {
      other = "belongs to another data set"
    } else if found.plan != expected.plan {
      other = "belongs to a training with other options"
    } else {
      return
    }
    throw FileError(path, other, advice: "resume with what it was begun with, or begin anew")
  }

  private func damaged(_ path: String, _ reason: String) -> FileError {
    FileError(path, reason, advice: "the checkpoint is damaged; begin anew")
  }

  /// Puts a tensor where its name says; `false` for a name that says nothing.
  private func place(_ values: [Float], named name: String, in tensors: inout TrainingTensors) -> Bool {
    let parts = name.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 2 else { return false }
    if parts[0] == "slot" {
      let numbers = parts[1].split(separator: ":").compactMap { Int($0) }
      guard numbers.count == 2, tensors.slots.indices.contains(numbers[0]),
        tensors.slots[numbers[0]].indices.contains(numbers[1])
      else { return false }
      tensors.slots[numbers[0]][numbers[1]] = values
      return true
    }
    guard let slash = parts[1].lastIndex(of: "/") else { return false }
    let weight = WeightName(String(parts[1][..<slash]), String(parts[1][parts[1].index(after: slash)...]))
    switch parts[0] {
    case "weight": tensors.weights[weight] = values
    case "best": tensors.best[weight] = values
    default: return false
    }
    return true
  }

  /// Every tensor must have the size of the weight it belongs to.
  private func checkShapes(
    _ tensors: TrainingTensors, _ state: TrainingState, _ path: String
  ) throws(FileError) {
    var sizes: [WeightName: Int] = [:]
    for entry in graph.entries {
      for spec in entry.weights { sizes[WeightName(entry.owner, spec.name)] = spec.elementCount }
    }
    for (name, values) in Array(tensors.weights) + Array(tensors.best) {
      guard sizes[name] == values.count else {
        throw damaged(path, "the weight '\(name)' has \(values.count) values, expected \(sizes[name] ?? 0)")
      }
    }
    let best = state.bestEpoch ?? state.history.count
    guard (0...stages.count).contains(state.stage), (0...state.history.count).contains(best),
      state.bestEpoch.map({ $0 > 0 }) ?? true, state.epochOfStage >= 0, state.stepOfStage >= 0
    else { throw damaged(path, "describes a state that cannot be") }
  }
}
