import Synchronization
import ZooEngine
import ZooFeatures
import ZooGraph
import ZooImage
import ZooSystem
import ZooTrain

/// The frozen part of a network: from pixels to the outputs of the layers where the trained part begins.
final class FrozenPart {
  /// The layers, in the order of the training graph's inputs.
  let layers: [String]
  let shapes: [Shape]
  private let graph: ResolvedGraph
  private let weights: any WeightSource
  private let preprocessing: Preprocessing
  private let threads: Int?
  /// Prepared for the first picture: with all features at hand it is not needed.
  private var engine: Engine?
  /// Pictures that run at once. Always as many, so that a picture's values depend on nothing but the picture.
  static let group = 16

  init(
    _ graph: ResolvedGraph, _ split: TrainingSplit, weights: any WeightSource, preprocessing: Preprocessing,
    threads: Int?
  ) {
    layers = split.boundary
    shapes = layers.compactMap { name in graph.index(of: name).map { graph.entries[$0].shape } }
    self.graph = graph
    self.weights = weights
    self.preprocessing = preprocessing
    self.threads = threads
  }

  private func preparedEngine() throws(EngineError) -> Engine {
    if let engine { return engine }
    let engine = try Engine(
      graph, weights: weights, outputs: layers, maximumBatch: Self.group, preprocessing: preprocessing,
      options: EngineOptions(threads: threads))
    self.engine = engine
    return engine
  }

  /// The outputs for each layer, picture by picture.
  ///
  /// - Parameter pixels: RGB 0…255, count × height × width × 3.
  func run(_ pixels: [Float], count: Int) throws(EngineError) -> [[Float]] {
    guard layers != [graph.entries[graph.inputIndex].node.name] else {
      var pixels = pixels
      pixels.withUnsafeMutableBufferPointer {
        preprocessing.apply(to: $0, channels: graph.inputShape.picture?.channels ?? 1)
      }
      return [pixels]
    }
    let engine = try preparedEngine()
    var results = shapes.map { _ in [Float]() }
    let size = graph.inputShape.elementCount ?? 0
    for start in stride(from: 0, to: count, by: Self.group) {
      let part = min(Self.group, count - start)
      var group = Array(pixels[(start * size)..<((start + part) * size)])
      group += Array(repeating: 0, count: (Self.group - part) * size)
      let outputs = try engine.run(group, count: Self.group)
      for (number, output) in outputs.enumerated() {
        results[number] += output[..<(part * (output.count / Self.group))]
      }
    }
    return results
  }
}

/// Pictures that are decoded, changed at random and run through the frozen layers whenever they are asked for.
final class PictureExamples: Examples {
  let list: ImageList
  /// The identities of the pictures.
  let ids: [FeatureCache.PictureID]
  let frozen: FrozenPart
  private let targets: Targets
  private let loader: ImageLoader
  private let augmentation: Augmentation?
  private let seed: UInt64
  /// What was computed last: the layers of one batch are asked for one after the other.
  private var latest: (examples: [Int], epoch: Int, outputs: [[Float]])?

  init(
    _ list: ImageList, _ ids: [FeatureCache.PictureID], _ frozen: FrozenPart, targets: Targets,
    loader: ImageLoader, augmentation: Augmentation? = nil, seed: UInt64 = 0
  ) {
    self.list = list
    self.ids = ids
    self.frozen = frozen
    self.targets = targets
    self.loader = loader
    self.augmentation = augmentation
    self.seed = seed
  }

  var count: Int { list.items.count }

  func targets(of examples: [Int], epoch: Int) -> Targets { targets.rows(examples) }

  func fill(
    _ input: Int, with examples: [Int], epoch: Int, into buffer: UnsafeMutableBufferPointer<Float>
  ) throws(TrainError) {
    let outputs = try outputs(of: examples, epoch: epoch)
    guard outputs.indices.contains(input), outputs[input].count == buffer.count else {
      throw TrainError("the network takes \(buffer.count) values, which the frozen layers do not give")
    }
    _ = buffer.update(fromContentsOf: outputs[input])
  }

  func outputs(of examples: [Int], epoch: Int) throws(TrainError) -> [[Float]] {
    if let latest, latest.examples == examples, latest.epoch == epoch { return latest.outputs }
    let pixels = try pixels(of: examples, epoch: epoch)
    do throws(EngineError) {
      let outputs = try frozen.run(pixels, count: examples.count)
      latest = (examples, epoch, outputs)
      return outputs
    } catch {
      throw TrainError(error.description)
    }
  }

  /// Decodes on all cores. How a picture is changed depends on the picture, not on its place, so that what is kept
  /// of it serves other trainings as well.
  private func pixels(of examples: [Int], epoch: Int) throws(TrainError) -> [Float] {
    let failure = Mutex<FileError?>(nil)
    let random = SplitMix64(seed: seed).mixed(0x4175_676D_656E_74).mixed(UInt64(bitPattern: Int64(epoch)))
    let pixels = [Float](unsafeUninitializedCapacity: examples.count * loader.count) { buffer, initialized in
      buffer.initialize(repeating: 0)
      nonisolated(unsafe) let buffer = buffer
      Threads.forEach(examples.count) { [loader, augmentation, list, ids] place in
        let start = place * loader.count
        let part = UnsafeMutableBufferPointer(rebasing: buffer[start..<(start + loader.count)])
        do throws(FileError) {
          try loader.load(.file(list.items[examples[place]].path), into: part)
        } catch {
          failure.withLock { $0 = error }
        }
        augmentation?.apply(
          to: part, height: loader.height, width: loader.width, random.mixed(number(ids[examples[place]])))
      }
      initialized = buffer.count
    }
    if let failure = failure.withLock({ $0 }) { throw TrainError(failure.description) }
    return pixels
  }
}

/// The first eight bytes of a picture's identity.
private func number(_ id: FeatureCache.PictureID) -> UInt64 {
  id.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
}
