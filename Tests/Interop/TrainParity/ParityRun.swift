import ZooArrays
import ZooEngine
import ZooGraph
import ZooPlugin
import ZooSystem
import ZooTrain

/// Weights, pictures and targets of a safetensors file; the weights are named `layer/weight`.
struct GivenTensors: WeightSource {
  let file: SafetensorsFile

  func floats(_ name: String) throws -> [Float] {
    guard let tensor = file.tensors.first(where: { $0.name == name }) else {
      throw TrainError("there is no tensor '\(name)'")
    }
    return file.floats(of: tensor)
  }

  func withWeight<Result>(
    layer: String, weight: String, _ body: (UnsafeBufferPointer<Float>) throws -> Result
  ) throws -> Result {
    try floats("\(layer)/\(weight)").withUnsafeBufferPointer(body)
  }
}

struct ParityRun {
  let parameters: ParityCase
  let given: GivenTensors
  let graph: ResolvedGraph
  let split: TrainingSplit

  init(case path: String, input: String) throws {
    parameters = try ParityCase(path: path)
    given = GivenTensors(file: try SafetensorsFile(input))
    let registry = Registry()
    let variant = Variant(
      of: try registry.base(named: parameters.base), includeTop: false, inputSize: Size2D(parameters.size))
    let base = try registry.architecture(of: variant).graph.resolved()
    let model = try Head.linear.appended(to: base, classes: parameters.classes, output: .softmax)
    graph = try model.graph.resolved()
    split = try TrainingSplit(
      graph, layers: LayerSelection(parameters.unfreeze).layers(of: graph, head: model.headLayers),
      trainsBatchNormalization: parameters.trainsBatchNormalization)
  }

  func train(output: String) throws {
    let options = EngineOptions(threads: parameters.threads)
    let frozen = split.boundary.filter { $0 != graph.entries[graph.inputIndex].node.name }
    let engine =
      try frozen.isEmpty ? nil : Engine(graph, weights: given, outputs: split.boundary, options: options)
    let training = try TrainingGraph(graph, split, weights: given, threads: parameters.threads)
    var optimizer = try Optimizer(parameters.configuration(), for: training)
    let loss = Loss.categoricalCrossentropy(labelSmoothing: parameters.labelSmoothing ?? 0)
    let (pictures, targets) = (try given.floats("pictures"), try given.floats("targets"))
    let size = parameters.size * parameters.size * 3 * parameters.batch
    let width = parameters.classes * parameters.batch
    var losses: [Double] = []
    var seconds: [Double] = []
    for step in 0..<parameters.steps {
      let start = Console.now()
      let batch = Array(pictures[step * size..<(step + 1) * size])
      let inputs = try engine?.run(batch, count: parameters.batch) ?? [batch]
      let middle = Console.now()
      let outputs = try training.forward(inputs, count: parameters.batch, mode: .training(step: step))
      let wanted = try Targets(
        classes: parameters.classes, values: Array(targets[step * width..<(step + 1) * width]))
      let value = try loss.evaluate(outputs, training.outputActivation, targets: wanted)
      try training.backward(value.gradient)
      optimizer.step(training, learningRate: parameters.learningRate)
      losses.append(value.mean)
      seconds += [middle - start, Console.now() - middle]
    }
    try write(losses, seconds, training, to: output)
  }

  private func write(
    _ losses: [Double], _ seconds: [Double], _ training: TrainingGraph, to output: String
  ) throws {
    let names = training.weightNames
    let writer = try SafetensorsWriter(
      output,
      [.init("losses", .float64, [losses.count]), .init("seconds", .float64, [losses.count, 2])]
        + names.map { .init($0.description, .float32, try training.shape(of: $0)) },
      metadata: ["memory": "\(try training.memory(forBatch: parameters.batch))"])
    try writer.append(losses)
    try writer.append(seconds)
    for name in names { try writer.append(try training.values(of: name)) }
    try writer.finish()
  }
}
