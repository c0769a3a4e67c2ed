import Testing
import ZooGraph
import ZooTrain

/// Losses and their gradients. The expected numbers are real Keras' (3.15, TensorFlow), printed by
/// `float(loss(t, activation(z)))` and a gradient tape.
@Suite struct LossTests {
  struct Golden: Sendable, CustomTestStringConvertible {
    var name: String
    var loss: Loss
    var function: ActivationFunction = .linear
    var targets: [Float]
    var weights: [Double]?
    var value: Double
    var gradient: [Double]

    var testDescription: String { name }
  }

  static let logits: [Float] = [2, -1, 0.5, 0.1, 0.2, -3]
  static let probabilities: [Float] = [0.2, 0.3, 0.1, 0.5, 0.5, 1e-9]
  static let oneHot: [Float] = [1, 0, 0, 0, 0, 1]
  static let multiLabel: [Float] = [1, 0, 1, 0, 1, 1]

  static let goldens = [
    Golden(
      name: "categorical, softmax", loss: .categoricalCrossentropy(), function: .softmax, targets: oneHot,
      value: 2.0534408,
      gradient: [-0.10720149, 0.019556286, 0.087645195, 0.23253435, 0.25699019, -0.48952451]),
    Golden(
      name: "categorical, smoothed", loss: .categoricalCrossentropy(labelSmoothing: 0.1), function: .softmax,
      targets: oneHot, value: 2.0234408,
      gradient: [-0.073868155, 0.0028896183, 0.07097853, 0.21586768, 0.24032353, -0.45619118]),
    Golden(
      name: "categorical, weighted", loss: .categoricalCrossentropy(), function: .softmax, targets: oneHot,
      weights: [0.5, 2], value: 3.9258981,
      gradient: [-0.053600743, 0.0097781429, 0.043822598, 0.4650687, 0.51398039, -0.97904903]),
    Golden(
      name: "categorical, probabilities", loss: .categoricalCrossentropy(), targets: oneHot, value: 8.6083536,
      gradient: [-1.6666666, 0.83333337, 0.83333337, 0, 0, 0]),
    Golden(
      name: "sparse, softmax", loss: .sparseCategoricalCrossentropy, function: .softmax, targets: oneHot,
      value: 2.0534408,
      gradient: [-0.10720149, 0.019556286, 0.087645195, 0.23253435, 0.25699019, -0.48952451]),
    Golden(
      name: "sparse, probabilities", loss: .sparseCategoricalCrossentropy, targets: oneHot, value: 8.6083536,
      gradient: [-1.6666667, 0.83333331, 0.83333325, 0.49999994, 0.49999994, 0]),
    Golden(
      name: "binary, sigmoid", loss: .binaryCrossentropy(), function: .sigmoid, targets: multiLabel,
      value: 0.88423157,
      gradient: [-0.019867152, 0.044823572, -0.062923446, 0.087496534, -0.075027667, -0.15876237]),
    Golden(
      name: "binary, smoothed", loss: .binaryCrossentropy(labelSmoothing: 0.2), function: .sigmoid,
      targets: multiLabel, value: 0.89423156,
      gradient: [-0.0032004863, 0.028156905, -0.046256781, 0.070829868, -0.058361001, -0.1420957]),
    Golden(
      name: "binary, probabilities", loss: .binaryCrossentropy(), targets: multiLabel, value: 3.6288481,
      gradient: [-0.83333337, 0.23809525, -1.6666667, 0.33333334, -0.33333334, 0]),
  ]

  @Test(arguments: goldens)
  func isKeras(_ golden: Golden) throws {
    let outputs = golden.function == .linear ? Self.probabilities : Self.logits
    let value = try golden.loss.evaluate(
      outputs, golden.function, targets: Targets(classes: 3, values: golden.targets), weights: golden.weights)
    #expect(isClose(value.mean, golden.value))
    for (found, expected) in zip(value.gradient, golden.gradient) {
      #expect(isClose(Double(found), expected))
    }
    #expect(value.gradient.count == 6 && value.ofEach.count == 2)
  }

  /// Also where loss and function do not go together.
  @Test(
    arguments: [
      Loss.categoricalCrossentropy(labelSmoothing: 0.1), .sparseCategoricalCrossentropy,
      .binaryCrossentropy(),
    ], [ActivationFunction.softmax, .sigmoid, .linear])
  func gradientIsTheLossesSlope(loss: Loss, function: ActivationFunction) throws {
    let targets = try Targets(classes: 3, values: Self.oneHot)
    let outputs: [Float] = [0.3, 0.6, 0.2, 0.25, 0.125, 0.75]
    func mean(_ outputs: [Float]) throws -> Double {
      try loss.evaluate(outputs, function, targets: targets, weights: [1, 3]).mean
    }
    let gradient = try loss.evaluate(outputs, function, targets: targets, weights: [1, 3]).gradient
    for index in outputs.indices {
      var (above, below) = (outputs, outputs)
      above[index] += 0.001
      below[index] -= 0.001
      let slope = try (mean(above) - mean(below)) / (Double(above[index]) - Double(below[index]))
      #expect(isClose(Double(gradient[index]), slope, 1e-4))
    }
  }

  @Test func largeLogitsStayFinite() throws {
    let targets = try Targets(classes: 2, of: [0])
    for loss in [Loss.categoricalCrossentropy(), .binaryCrossentropy()] {
      let value = try loss.evaluate([-900, 900], loss.outputFunction, targets: targets)
      #expect(isClose(value.mean, loss == .binaryCrossentropy() ? 900 : 1_800))
      #expect(value.gradient.allSatisfy { $0.isFinite })
    }
  }

  @Test func refusesWhatDoesNotFit() throws {
    let targets = try Targets(classes: 3, of: [0, 2])
    let loss = Loss.categoricalCrossentropy()
    #expect(throws: TrainError.self) { try loss.evaluate([1, 2, 3], .softmax, targets: targets) }
    #expect(throws: TrainError.self) {
      try loss.evaluate(Self.logits, .softmax, targets: targets, weights: [1])
    }
    #expect(throws: TrainError.self) { try Targets(classes: 3, of: [3]) }
    #expect(throws: TrainError.self) { try Targets(classes: 3, of: [[0], [1, 3]]) }
    #expect(throws: TrainError.self) { try Targets(classes: 3, values: [1]) }
  }

  @Test func picturesMayShowAnyNumberOfClasses() throws {
    #expect(try Targets(classes: 3, of: [[0, 2], [], [1]]).values == [1, 0, 1, 0, 0, 0, 0, 1, 0])
  }

  @Test func classWeightsBalance() throws {
    let targets = try Targets(classes: 3, of: [0, 0, 0, 1])
    let weights = ClassWeights(balancing: targets)
    let (common, rare) = (4.0 / 9, 4.0 / 3)
    #expect(weights.weights == [common, rare, 0])
    #expect(weights.of(targets) == [common, common, common, rare])
    let mixed = try Targets(classes: 3, values: [0.25, 0.75, 0])
    #expect(weights.of(mixed) == [0.25 * common + 0.75 * rare])
    // Class 0 in three of four pictures, class 1 in two.
    let several = ClassWeights(balancing: try Targets(classes: 2, of: [[0, 1], [0], [0, 1], []]))
    #expect(several.weights == [4.0 / 6, 4.0 / 4])
  }

  @Test func metricsCountWhatIsRight() throws {
    let loss = Loss.categoricalCrossentropy()
    let targets = try Targets(classes: 7, of: [0, 1, 6])
    let row: [Float] = [7, 6, 5, 4, 3, 2, 1]
    let outputs = row + row + row
    let value = try loss.evaluate(outputs, .softmax, targets: targets)
    var metrics = Metrics()
    metrics.add(outputs, value, targets: targets, loss: loss, threshold: 0.5)
    #expect(isClose(metrics.accuracy, 1 / 3))
    #expect(isClose(metrics.top5, 2 / 3))
    #expect(isClose(metrics.loss, value.mean))
    // A batch counts by its pictures.
    let first = targets.rows([0])
    let one = try loss.evaluate(row, .softmax, targets: first)
    metrics.add(row, one, targets: first, loss: loss, threshold: 0.5)
    #expect(isClose(metrics.loss, (3 * value.mean + one.mean) / 4))
    #expect(metrics.accuracy == 0.5)
  }

  @Test func binaryAccuracyCountsDecisions() throws {
    let loss = Loss.binaryCrossentropy()
    let targets = try Targets(classes: 3, values: Self.multiLabel)
    let value = try loss.evaluate(Self.logits, .sigmoid, targets: targets)
    var metrics = Metrics()
    metrics.add(Self.logits, value, targets: targets, loss: loss, threshold: 0)
    // 2 yes (yes), -1 no (no), 0.5 yes (yes); 0.1 yes (no), 0.2 yes (yes), -3 no (yes).
    #expect(isClose(metrics.accuracy, 4 / 6))
  }
}
