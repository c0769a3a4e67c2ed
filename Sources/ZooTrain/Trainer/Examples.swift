import ZooEngine
import ZooSystem

/// Pictures to learn from, as the outputs of the layers where a training graph begins.
public protocol Examples {
  /// How many there are.
  var count: Int { get }

  /// What the network should say about some of them. May differ from epoch to epoch (mixup).
  func targets(of examples: [Int], epoch: Int) throws(TrainError) -> Targets

  /// Writes an input of the training graph for some of them, one after the other, NHWC.
  ///
  /// - Parameters:
  ///   - input: the number of the layer in ``TrainingSplit/boundary``.
  ///   - epoch: which variant of the pictures is wanted, where there are several.
  func fill(
    _ input: Int, with examples: [Int], epoch: Int, into buffer: UnsafeMutableBufferPointer<Float>
  ) throws(TrainError)
}

/// Examples in memory.
public struct MemoryExamples: Examples, Sendable {
  /// For each input of the training graph the values of all pictures, count × shape.
  private let inputs: [[Float]]
  private let targets: Targets

  /// - Throws: `TrainError` when an input is no whole number of values for each picture.
  public init(inputs: [[Float]], targets: Targets) throws(TrainError) {
    for (number, input) in inputs.enumerated() {
      guard targets.count > 0, input.count.isMultiple(of: targets.count) else {
        throw TrainError(
          "input \(number) has \(input.count) values, which are not the same number for \(targets.count) pictures"
        )
      }
    }
    self.inputs = inputs
    self.targets = targets
  }

  /// How many there are.
  public var count: Int { targets.count }

  public func targets(of examples: [Int], epoch: Int) -> Targets { targets.rows(examples) }

  public func fill(
    _ input: Int, with examples: [Int], epoch: Int, into buffer: UnsafeMutableBufferPointer<Float>
  ) throws(TrainError) {
    guard inputs.indices.contains(input) else { throw TrainError("there is no input \(input)") }
    let size = inputs[input].count / count
    guard buffer.count == size * examples.count else {
      throw TrainError(
        "the network takes \(buffer.count) values for \(examples.count) pictures, which have \(size) each")
    }
    for (place, example) in examples.enumerated() {
      let values = inputs[input][example * size..<(example + 1) * size]
      _ = UnsafeMutableBufferPointer(rebasing: buffer[(place * size)...]).update(fromContentsOf: values)
    }
  }
}

/// The numbers below `count` in random order, always the same for a seed and an epoch.
public func shuffledIndices(_ count: Int, seed: UInt64, epoch: Int) -> [Int] {
  var random = SplitMix64(seed: seed).mixed(0x5368_7566_666C_65).mixed(UInt64(bitPattern: Int64(epoch)))
  var indices = Array(0..<count)
  for last in stride(from: count - 1, to: 0, by: -1) {
    let (chosen, _) = random.next().multipliedFullWidth(by: UInt64(last + 1))
    indices.swapAt(last, Int(chosen))
  }
  return indices
}
