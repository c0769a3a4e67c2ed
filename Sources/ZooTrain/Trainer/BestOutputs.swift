import ZooEngine
import ZooGraph

/// What a trained network says about pictures, and the features that its last layer tells classes by.
public struct BestOutputs: Sendable, Equatable {
  /// Row by row, a value for each class.
  public var probabilities: [Float] = []
  /// Row by row.
  public var embeddings: [Float] = []
  /// Values of a picture's output.
  public var classes: Int
  /// Values of one picture's embedding.
  public var embeddingSize: Int
}

extension TrainingRun {
  /// The cut below which no stage changes anything, so that the outputs there are the base's own.
  ///
  /// - Throws: `TrainError`.
  public func splitOfAllStages() throws(TrainError) -> TrainingSplit {
    var (trainable, statistics) = (Set<WeightName>(), Set<String>())
    for stage in stages {
      let split = try split(of: stage)
      trainable.formUnion(split.trainable)
      statistics.formUnion(split.batchStatistics)
    }
    return try .cutting(graph, trainable, statistics)
  }

  /// What the network with the weights of the best epoch says, in inference mode.
  ///
  /// - Parameter examples: the outputs at the boundary of ``splitOfAllStages()``.
  /// - Throws: `TrainError` when no epoch is done.
  public func bestOutputs(of examples: any Examples) throws(TrainError) -> BestOutputs {
    guard let weights = bestWeights else { throw TrainError("no epoch of the training is done") }
    let (split, embedding) = (try splitOfAllStages(), graph.penultimate)
    let body = try below(embedding, split, weights)
    let end = try above(embedding, weights)
    let output = OutputFunction(function: end.outputActivation)
    var outputs = BestOutputs(
      classes: graph.outputShape.elementCount ?? 0, embeddingSize: embedding.shape.elementCount ?? 0)
    for start in stride(from: 0, to: examples.count, by: recipe.batchSize) {
      let batch = Array(start..<min(examples.count, start + recipe.batchSize))
      let values = try features(of: batch, examples, body, split, embedding)
      outputs.embeddings += values
      do throws(EngineError) {
        let rows = try end.forward([values], count: batch.count, mode: .inference)
        for row in batch.indices {
          let part = rows[(row * outputs.classes)..<((row + 1) * outputs.classes)]
          outputs.probabilities += output.probabilities(part).map(Float.init)
        }
      } catch {
        throw TrainError(error.description)
      }
    }
    return outputs
  }

  /// From the cut up to the embedding; `nil` where the cut is the embedding itself.
  private func below(
    _ embedding: ResolvedGraph.Entry, _ split: TrainingSplit, _ weights: OverlaidWeights
  ) throws(TrainError) -> TrainingGraph? {
    if split.boundary == [embedding.node.name] { return nil }
    let part: ResolvedGraph
    do throws(GraphError) {
      part = try graph.graph.cut(at: embedding.node.name).resolved()
    } catch {
      throw TrainError(error.description)
    }
    let names = Set(part.entries.map(\.node.name))
    let cut = try TrainingSplit.cutting(
      part, split.trainable.filter { names.contains($0.layer) }, split.batchStatistics.intersection(names))
    return try training(part, cut, weights)
  }

  /// From the embedding to the output.
  private func above(
    _ embedding: ResolvedGraph.Entry, _ weights: OverlaidWeights
  ) throws(TrainError) -> TrainingGraph {
    guard let last = graph.entries.last(where: { !$0.weights.isEmpty }) else {
      throw TrainError("the network has no weights")
    }
    let names = last.weights.filter(\.trainable).map { WeightName(last.owner, $0.name) }
    let graph = try training(graph, try .cutting(graph, Set(names), []), weights)
    guard graph.split.boundary == [embedding.node.name] else {
      throw TrainError("the layers after '\(embedding.node.name)' take more than its output")
    }
    return graph
  }

  private func features(
    of batch: [Int], _ examples: any Examples, _ body: TrainingGraph?, _ split: TrainingSplit,
    _ embedding: ResolvedGraph.Entry
  ) throws(TrainError) -> [Float] {
    guard let body else {
      var values = [Float](repeating: 0, count: batch.count * (embedding.shape.elementCount ?? 0))
      let result = values.withUnsafeMutableBufferPointer { buffer in
        Result { () throws(TrainError) in try examples.fill(0, with: batch, epoch: 0, into: buffer) }
      }
      try result.get()
      return values
    }
    do throws(EngineError) {
      return try body.forward(count: batch.count, mode: .inference) { number, buffer throws(EngineError) in
        guard let input = split.boundary.firstIndex(of: body.split.boundary[number]) else {
          throw EngineError(layer: body.split.boundary[number], "is not where the network is cut")
        }
        do throws(TrainError) {
          try examples.fill(input, with: batch, epoch: 0, into: buffer)
        } catch {
          throw EngineError(error.description)
        }
      }
    } catch {
      throw TrainError(error.description)
    }
  }

  private func training(
    _ graph: ResolvedGraph, _ split: TrainingSplit, _ weights: OverlaidWeights
  ) throws(TrainError) -> TrainingGraph {
    do throws(EngineError) {
      return try TrainingGraph(graph, split, weights: weights, seed: recipe.seed, threads: threads)
    } catch {
      throw TrainError(error.description)
    }
  }
}

extension TrainingSplit {
  fileprivate static func cutting(
    _ graph: ResolvedGraph, _ trainable: Set<WeightName>, _ statistics: Set<String>
  ) throws(TrainError) -> TrainingSplit {
    do throws(EngineError) {
      return try TrainingSplit(graph, trainable: trainable, batchStatistics: statistics)
    } catch {
      throw TrainError(error.description)
    }
  }
}
