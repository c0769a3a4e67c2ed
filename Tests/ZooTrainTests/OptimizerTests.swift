import Testing
import ZooEngine
import ZooGraph
import ZooTrain

/// Three steps of each rule. The expected numbers are real Keras' (3.15), printed after
/// `optimizer.apply([g, g], [kernel, bias])` for the three gradients below.
@Suite struct OptimizerTests {
  struct Golden: Sendable, CustomTestStringConvertible {
    var name: String
    var configuration: OptimizerConfiguration
    var kernel: [Double]
    var bias: [Double]

    var testDescription: String { name }
  }

  static func configured(
    _ rule: OptimizerRule, weightDecay: Double? = nil, clipping: GradientClipping? = nil
  ) -> OptimizerConfiguration {
    OptimizerConfiguration(rule, learningRate: 0.1, weightDecay: weightDecay, clipping: clipping)
  }

  static let goldens = [
    Golden(
      name: "sgd", configuration: configured(.sgd()), kernel: [0.93999994, -2.1499999, 0.50009996],
      bias: [-0.059999995, -0.15000001, 0.0001]),
    Golden(
      name: "momentum", configuration: configured(.sgd(momentum: 0.9)),
      kernel: [0.82749999, -2.1589999, 0.50011796], bias: [-0.1725, -0.15900001, 0.00011800001]),
    Golden(
      name: "nesterov", configuration: configured(.sgd(momentum: 0.9, nesterov: true)),
      kernel: [0.78474993, -2.2930999, 0.50020617], bias: [-0.21524999, -0.29310003, 0.0002062]),
    Golden(
      name: "adam", configuration: configured(.adam()), kernel: [0.75499207, -1.9781759, 0.45040223],
      bias: [-0.2450079, 0.02182417, -0.049597766]),
    Golden(
      name: "adamw", configuration: configured(.adam(), weightDecay: 0.004),
      kernel: [0.75391084, -1.975842, 0.4498677], bias: [-0.24488965, 0.021758828, -0.049532544]),
    Golden(
      name: "rmsprop", configuration: configured(.rmsprop()), kernel: [0.62593901, -2.0427315, 0.42449471],
      bias: [-0.37406096, -0.042731494, -0.075505294]),
    Golden(
      name: "rmsprop, centered", configuration: configured(.rmsprop(rho: 0.8, momentum: 0.5, centered: true)),
      kernel: [0.42301336, -1.9367183, 0.34992179], bias: [-0.57698661, 0.0632817, -0.15007822]),
    Golden(
      name: "clipvalue", configuration: configured(.sgd(), clipping: .value(0.4)),
      kernel: [0.94999993, -2.04, 0.50009996], bias: [-0.050000004, -0.040000003, 0.0001]),
    Golden(
      name: "clipnorm", configuration: configured(.sgd(), clipping: .norm(0.7)),
      kernel: [0.9783113, -2.0566156, 0.49991325], bias: [-0.021688713, -0.056615602, -8.6768807e-05]),
    Golden(
      name: "global_clipnorm", configuration: configured(.sgd(), clipping: .globalNorm(0.7)),
      kernel: [0.98890448, -2.0506351, 0.49991745], bias: [-0.011095501, -0.050635111, -8.2558465e-05]),
    Golden(
      name: "weight decay", configuration: configured(.sgd(momentum: 0.5), weightDecay: 0.2),
      kernel: [0.83177203, -2.0583439, 0.47074792], bias: [-0.10942, -0.17596, 0.00015192002]),
  ]

  static let gradients: [[Float]] = [[0.5, -1, 0.002], [0.3, 2, -0.004], [-0.2, 0.5, 0.001]]

  /// A layer whose input is 1, so that the gradients of kernel and bias are those of its outputs.
  static func layer() throws -> TrainingGraph {
    let builder = GraphBuilder("layer")
    let graph = try builder.build(output: builder.dense(builder.input(.vector(1)), "dense", 3)).resolved()
    let split = try TrainingSplit(
      graph, trainable: [WeightName("dense", "kernel"), WeightName("dense", "bias")])
    return try TrainingGraph(graph, split, weights: FixedWeights(graph, ["dense/kernel": [1, -2, 0.5]]))
  }

  static func step(
    _ optimizer: inout Optimizer, _ graph: TrainingGraph, _ gradient: [Float], rate: Double = 0.1
  ) throws {
    _ = try graph.forward([[1]], count: 1, mode: .training(step: 0))
    try graph.backward(gradient)
    optimizer.step(graph, learningRate: rate)
  }

  @Test(arguments: goldens)
  func isKeras(_ golden: Golden) throws {
    let graph = try Self.layer()
    var optimizer = try Optimizer(golden.configuration, for: graph)
    for gradient in Self.gradients { try Self.step(&optimizer, graph, gradient) }
    let kernel = try graph.values(of: WeightName("dense", "kernel"))
    let bias = try graph.values(of: WeightName("dense", "bias"))
    for (found, expected) in zip(kernel + bias, golden.kernel + golden.bias) {
      #expect(abs(Double(found) - expected) < 2e-7)
    }
    #expect(optimizer.iterations == 3)
  }

  /// What an optimizer keeps of a gradient that has become zero ends as zero. Numbers just above it, at which it would
  /// stay without help, take a processor many times as long as others.
  @Test(arguments: [
    OptimizerConfiguration.adam, configured(.sgd(momentum: 0.9)), configured(.rmsprop(momentum: 0.9)),
  ]) func whatIsKeptOfAGradientEnds(_ configuration: OptimizerConfiguration) throws {
    let graph = try Self.layer()
    var optimizer = try Optimizer(configuration, for: graph)
    try Self.step(&optimizer, graph, Self.gradients[0])
    for _ in 0..<2_000 { try Self.step(&optimizer, graph, [0, 0, 0]) }
    let kept = optimizer.slots.joined().joined()
    #expect(!kept.isEmpty && kept.allSatisfy { $0 == 0 || $0.isNormal }, "\(Array(kept))")
  }

  @Test func defaultsAreKeras() {
    #expect(OptimizerConfiguration.adam.learningRate == 0.001)
    #expect(OptimizerConfiguration.adamW.weightDecay == 0.004)
    #expect(OptimizerConfiguration.sgd().learningRate == 0.01)
    #expect(
      OptimizerConfiguration.rmsprop.rule == .rmsprop(rho: 0.9, momentum: 0, epsilon: 1e-7, centered: false))
  }

  @Test func goesOnWhereItWas() throws {
    let (first, second) = (try Self.layer(), try Self.layer())
    var optimizer = try Optimizer(.adam, for: first)
    for gradient in Self.gradients { try Self.step(&optimizer, first, gradient) }

    var begun = try Optimizer(.adam, for: second)
    try Self.step(&begun, second, Self.gradients[0])
    let third = try Self.layer()
    for name in second.trainable { try third.setValues(try second.values(of: name), of: name) }
    var resumed = try Optimizer(.adam, for: third)
    try resumed.restore(iterations: begun.iterations, slots: begun.slots)
    for gradient in Self.gradients.dropFirst() { try Self.step(&resumed, third, gradient) }
    for name in first.trainable { #expect(try first.values(of: name) == third.values(of: name)) }
    #expect(throws: TrainError.self) { try resumed.restore(iterations: 1, slots: []) }
  }

  @Test func lowerLayersLearnMoreSlowly() throws {
    let builder = GraphBuilder("layers")
    var x = builder.input(.vector(1))
    for name in ["low", "middle", "high"] { x = builder.dense(x, name, 1) }
    let graph = try builder.build(output: x).resolved()
    let names = ["low", "middle", "high"].flatMap { [WeightName($0, "kernel"), WeightName($0, "bias")] }
    let ones = ["low/kernel": [Float(1)], "middle/kernel": [1], "high/kernel": [1]]
    let training = try TrainingGraph(
      graph, try TrainingSplit(graph, trainable: Set(names)), weights: FixedWeights(graph, ones))
    var configuration = OptimizerConfiguration.sgd()
    configuration.layerwiseDecay = 0.5
    var optimizer = try Optimizer(configuration, for: training)
    try Self.step(&optimizer, training, [1], rate: 1)
    let moved = try names.map { try -training.values(of: $0)[0] + ($0.weight == "kernel" ? 1 : 0) }
    #expect(moved == [0.25, 0.25, 0.5, 0.5, 1, 1])
  }

  @Test(arguments: [
    OptimizerConfiguration(.adam(beta1: 1), learningRate: 0.1), .init(.sgd(momentum: 2), learningRate: 0.1),
    .init(.sgd(), learningRate: -1), .init(.sgd(), learningRate: .nan),
    .init(.rmsprop(), learningRate: 0.1, clipping: .norm(0)),
    .init(.rmsprop(), learningRate: 0.1, weightDecay: -0.1),
  ])
  func refusesWhatIsOutOfBounds(_ configuration: OptimizerConfiguration) throws {
    let graph = try Self.layer()
    #expect(throws: TrainError.self) { try Optimizer(configuration, for: graph) }
  }

  // MARK: Learning rates

  /// Keras' `CosineDecay` and `ExponentialDecay`.
  @Test(arguments: [
    (
      LearningRateSchedule(0.1, decay: .cosine(steps: 10, alpha: 0.1)),
      [0.1, 0.097797543, 0.081450336, 0.068905763, 0.028549666, 0.01, 0.01]
    ),
    (
      LearningRateSchedule(0.1, warmupSteps: 4, decay: .cosine(steps: 10)),
      [0, 0.025, 0.075, 0.1, 0.079389267, 0.009549147, 0]
    ),
    (
      LearningRateSchedule(0.1, decay: .exponential(steps: 5, rate: 0.5)),
      [0.1, 0.087055057, 0.06597539, 0.057434916, 0.037892915, 0.018946456, 0.00625]
    ),
    (
      LearningRateSchedule(0.1, decay: .exponential(steps: 5, rate: 0.5, staircase: true)),
      [0.1, 0.1, 0.1, 0.1, 0.05, 0.025, 0.00625]
    ),
    (LearningRateSchedule(0.1), [0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1]),
  ])
  func schedulesAreKeras(_ parameters: (schedule: LearningRateSchedule, rates: [Double])) {
    for (step, rate) in zip([0, 1, 3, 4, 7, 12, 20], parameters.rates) {
      #expect(abs(parameters.schedule.rate(at: step) - rate) < 1e-8)
    }
  }

  @Test func plateauLowersTheRate() {
    let plateau = ReduceOnPlateau(factor: 0.5, patience: 2, cooldown: 1, minimumScale: 0.2)
    var state = ReduceOnPlateau.State()
    var scales: [Double] = []
    for loss in [1, 0.9, 0.95, 0.89995, 0.9, 0.9, 0.9, 0.5, 0.6, 0.6, 0.6, 0.6, 0.6] {
      plateau.note(loss, in: &state)
      scales.append(state.scale)
    }
    #expect(scales == [1, 1, 1, 0.5, 0.5, 0.25, 0.25, 0.25, 0.25, 0.2, 0.2, 0.2, 0.2])
  }
}
