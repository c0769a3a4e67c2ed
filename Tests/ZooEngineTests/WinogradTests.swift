import Testing
import ZooGraph
import ZooSystem

@testable import ZooEngine

/// Our own Winograd's algorithm, also where it would not be chosen, against the oracle.
@Suite(.enabled(if: OneDNN.blockedTag != nil)) struct WinogradTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// The largest error that was found here is 1.5e-6, of 512 channels.
  private static let tolerance = 2e-6
  /// Of numbers with 8 significant bits.
  private static let tolerances: [Precision: Double] = [.float32: tolerance, .bf16: 0.1]
  private static let precisions = Precision.allCases.filter(\.isSupported)

  /// What a run remembers that found our own code to be the fastest for every convolution that it can do.
  private func preferring(
    _ graph: ResolvedGraph, outputs: [String]? = nil, threads: Int, precision: Precision = .float32
  ) throws -> Tuning {
    let tuning = Tuning(path: folder.path + "/tuning.json")
    let names = outputs ?? [graph.entries[graph.outputIndex].node.name]
    let lowered = try LoweredGraph(graph, outputs: names, preprocessing: .none).fused()
    let extents = Dictionary(uniqueKeysWithValues: lowered.operations.map { ($0.id, $0.extent) })
    for operation in lowered.operations {
      guard case .convolution(let convolution) = operation.kind else { continue }
      let input = try #require(extents[operation.inputs[0]])
      let epilogue = operation.epilogue
      let summand = try MemoryDescriptor.map(1, operation.extent)
      for steps in [[], epilogue.activations, epilogue.fused(sum: .sum), epilogue.fused(sum: .add(summand))] {
        for batch in [1, Ways.few, Ways.fewTogether] {
          let key = convolution.tuningKey(
            input: input, output: operation.extent, batch: batch, threads: threads, steps: steps,
            precision: precision)
          tuning.remember(Winograd.name, for: key)
        }
      }
    }
    return tuning
  }

  /// Checks the outputs, and that `count` convolutions of a picture are ours.
  private func check(
    _ input: Shape, outputs: [String]? = nil, batch: Int = 1, threads: Int = 1,
    precision: Precision = .float32, ours count: Int = 1, tolerance: Double? = nil,
    location: SourceLocation = #_sourceLocation,
    _ body: (GraphBuilder, GraphBuilder.Tap) -> GraphBuilder.Tap
  ) throws {
    let builder = GraphBuilder("test")
    let graph = try builder.build(output: body(builder, builder.input(input))).resolved()
    let options = EngineOptions(
      threads: threads, precision: precision,
      tuning: try preferring(graph, outputs: outputs, threads: threads, precision: precision))
    try expectEqualToReference(
      graph, outputs: outputs, batch: batch, options: options,
      tolerance: tolerance ?? Self.tolerances[precision] ?? 0, location: location)
    let engine = try Engine(
      graph, weights: TestWeights(graph, seed: 1), outputs: outputs, maximumBatch: 1, options: options)
    let profile = try engine.profile(pictures(graph.inputShape, count: 1), repetitions: 1)
    #expect(profile.filter { $0.algorithm == Winograd.name }.count == count, sourceLocation: location)
  }

  static let sizes = [
    Size2D(1), Size2D(2, 3), Size2D(3), Size2D(4), Size2D(5, 7), Size2D(6), Size2D(8, 9), Size2D(13, 17),
  ]

  @Test(arguments: sizes, [(5, 7), (16, 16), (20, 33), (40, 24)])
  func sizesAndChannels(_ size: Size2D, _ channels: (input: Int, output: Int)) throws {
    let shape = Shape.map(size.height, size.width, channels.input)
    for (precision, batch) in Self.precisions.flatMap({ [($0, 1), ($0, 3)] }) {
      try check(shape, batch: batch, precision: precision) {
        $0.conv2D($1, "conv", channels.output, kernel: 3, padding: .same, activation: .relu)
      }
      guard min(size.height, size.width) >= 3 else { continue }
      try check(shape, batch: batch, precision: precision) {
        $0.conv2D($1, "conv", channels.output, kernel: 3)
      }
    }
  }

  @Test(arguments: [
    Margins(1), Margins(top: 0, bottom: 2, left: 3, right: 1), Margins(top: 7, bottom: 0, left: 0, right: 9),
  ])
  func explicitPadding(_ margins: Margins) throws {
    for activation in [ActivationFunction.linear, .relu6] {
      try check(.map(9, 6, 16), batch: 3) {
        $0.conv2D($0.zeroPadding2D($1, "pad", margins), "conv", 24, kernel: 3, activation: activation)
      }
    }
  }

  @Test(arguments: [ActivationFunction.linear, .relu, .relu6, .silu], [true, false])
  func batchNormalizationIsFolded(_ activation: ActivationFunction, useBias: Bool) throws {
    try check(.map(10, 11, 20), batch: 2) { g, x in
      let x = g.conv2D(x, "conv", 21, kernel: 3, padding: .same, useBias: useBias)
      return g.activation(g.batchNormalization(x, "bn"), "activation", activation)
    }
  }

  /// The sum goes to the summand's place, or to a new one where the summand is an output as well.
  @Test(arguments: [nil, ["entry", "result"]], [ActivationFunction.linear, .relu, .relu6])
  func residuals(_ outputs: [String]?, _ activation: ActivationFunction) throws {
    let inner = [ActivationFunction.linear, .relu6, .silu]
    for (inner, precision) in Self.precisions.flatMap({ precision in inner.map { ($0, precision) } }) {
      try check(.map(7, 9, 5), outputs: outputs, batch: 3, precision: precision, ours: 3) { g, x in
        let entry = g.conv2D(x, "entry", 20, kernel: 3, padding: .same)
        let middle = g.conv2D(entry, "middle", 16, kernel: 3, padding: .same, activation: .relu)
        let x = g.conv2D(middle, "last", 20, kernel: 3, padding: .same, activation: inner)
        return g.activation(g.add("add", entry, x), "result", activation)
      }
    }
  }

  /// Where the exponential function in it is zero or infinite as well.
  @Test func siluOfLargeNumbers() throws {
    let g = GraphBuilder("test")
    let x = g.conv2D(g.input(.map(20, 20, 16)), "conv", 16, kernel: 3, activation: .silu)
    let graph = try g.build(output: x).resolved()
    try expectEqualToReference(
      graph, options: EngineOptions(threads: 1, tuning: try preferring(graph, threads: 1)),
      tolerance: Self.tolerance, range: -300...300)
  }

  /// The error grows with the number of channels that are summed up.
  @Test func manyChannels() throws {
    try check(.map(8, 8, 512)) { $0.conv2D($1, "conv", 48, kernel: 3, padding: .same) }
  }

  /// Kernels so large that they are transformed while it runs, in slices of which one has a block more.
  @Test func largeKernels() throws {
    let builder = GraphBuilder("large")
    let x = builder.conv2D(builder.input(.map(5, 6, 2_060)), "conv", 72, kernel: 3, activation: .relu)
    let graph = try builder.build(output: x).resolved()
    let lowered = try LoweredGraph(graph, outputs: ["conv"], preprocessing: .none).fused()
    for case .convolution(let convolution) in lowered.operations.map(\.kind) {
      let tag = try #require(OneDNN.blockedTag)
      let winograd = try #require(
        try Winograd(
          convolution, source: .map(1, Extent(5, 6, 2_060), tag),
          destination: .map(1, Extent(3, 4, 72), tag), steps: [.activation(.relu)], on: .shared()))
      #expect(winograd.filters.map(\.blocks.count).reduce(0, +) == winograd.output.blockCount)
      #expect(Set(winograd.filters.map(\.blocks.count)).count == 2)
    }
    // The error grows with the root of the number of channels, and oneDNN's products sum up in another order in
    // each version: 1.7e-6 with 2.6, 2.4e-6 with 3.7.
    try check(.map(5, 6, 2_060), batch: 2, tolerance: 3e-6) {
      $0.conv2D($1, "conv", 72, kernel: 3, activation: .relu)
    }
  }

  /// So large that there are several bands, of which one reaches from one picture into the next.
  @Test func bands() throws {
    let tiling = WinogradTiling(batch: 2, output: Size2D(152), channels: 32)
    #expect(tiling.bands.count == 3)
    try check(.map(152, 152, 5), batch: 2) { $0.conv2D($1, "conv", 6, kernel: 3, padding: .same) }
  }

  /// Only what it can do: elsewhere the remembered choice is no candidate.
  @Test func leavesTheRestToOneDNN() throws {
    try check(.map(12, 12, 32), ours: 0) { $0.conv2D($1, "conv", 32, kernel: 3, activation: .tanh) }
    // After a sum there are only bounds.
    try check(.map(12, 12, 32), ours: 0) {
      $0.activation($0.add("add", $1, $0.conv2D($1, "conv", 32, kernel: 3, padding: .same)), "silu", .silu)
    }
    try check(.map(12, 12, 32), ours: 0) { $0.conv2D($1, "conv", 32, kernel: 3, strides: 2) }
    try check(.map(12, 12, 3), ours: 0) { $0.conv2D($1, "conv", 32, kernel: 3) }
  }

  /// A network in which it is chosen without measuring.
  private func wide() throws -> ResolvedGraph {
    let g = GraphBuilder("wide")
    let x = g.conv2D(g.input(.map(26, 27, 40)), "first", 64, kernel: 3, padding: .same, activation: .relu)
    return try g.build(output: g.conv2D(x, "second", 64, kernel: 3)).resolved()
  }

  private func algorithms(_ options: EngineOptions) throws -> [String] {
    let graph = try wide()
    let engine = try Engine(
      graph, weights: TestWeights(graph, seed: 1), maximumBatch: 1, options: options)
    return try engine.profile(pictures(graph.inputShape, count: 1), repetitions: 1).filter {
      $0.floatingPointOperations > 0
    }.map(\.algorithm)
  }

  @Test func isChosenUnlessForbidden() throws {
    #expect(try algorithms(EngineOptions(threads: 1)) == [Winograd.name, Winograd.name])
    #expect(try algorithms(EngineOptions(threads: 2)) == [Winograd.name, Winograd.name])
    let direct = EngineOptions(threads: 1, allowsWinograd: false)
    #expect(try algorithms(direct).allSatisfy { !$0.contains("wino") })
  }

  @Test(.enabled(if: Precision.bf16.isSupported)) func isChosenBesideBfloat16() throws {
    #expect(
      try algorithms(EngineOptions(threads: 1, precision: .bf16)) == [Winograd.name, Winograd.name])
  }

  @Test func isForbiddenToTheContestAsWell() throws {
    let tuning = try preferring(try wide(), threads: 1)
    let direct = EngineOptions(threads: 1, allowsWinograd: false, tuning: tuning)
    #expect(try algorithms(direct).allSatisfy { !$0.contains("wino") })
  }

  @Test func theContestRemembersIt() throws {
    let path = folder.path + "/tuning.json"
    let tuning = try preferring(try wide(), threads: 1)
    try tuning.save()
    #expect(
      try algorithms(EngineOptions(threads: 1, tuning: Tuning(path: path))) == [Winograd.name, Winograd.name])
  }

  /// A contest that is held for real ends with an implementation that exists, and the same values.
  @Test func takesPartInTheContest() throws {
    let tuning = Tuning(path: folder.path + "/contest.json")
    try expectEqualToReference(
      try wide(), options: EngineOptions(threads: 1, tuning: tuning), tolerance: Self.tolerance)
    try tuning.save()
    let written = try InputFile.contents(of: folder.path + "/contest.json", limit: 1 << 20)
    #expect(String(decoding: written, as: UTF8.self).contains("26×27×40→64"))
  }

  @Test func threadsGiveTheSameValues() throws {
    let graph = try wide()
    let pixels = pictures(graph.inputShape, count: 1)
    let results = try [1, 2].map { threads in
      try Engine(
        graph, weights: TestWeights(graph, seed: 1), maximumBatch: 1, options: EngineOptions(threads: threads)
      ).run(pixels, count: 1)
    }
    #expect(results[0] == results[1])
  }

  /// Where oneDNN has no Winograd's algorithm, as without AVX-512, smaller maps are worth it.
  @Test(arguments: [
    (batch: 1, size: 56, channels: 64, filters: 64, over: true, direct: true),
    (batch: 1, size: 28, channels: 128, filters: 128, over: true, direct: true),
    (batch: 1, size: 14, channels: 512, filters: 512, over: false, direct: true),
    (batch: 1, size: 7, channels: 512, filters: 512, over: false, direct: false),
    (batch: 4, size: 7, channels: 512, filters: 512, over: false, direct: true),
    (batch: 1, size: 224, channels: 16, filters: 128, over: false, direct: false),
    (batch: 1, size: 56, channels: 32, filters: 32, over: false, direct: false),
    (batch: 1, size: 28, channels: 32, filters: 64, over: true, direct: true),
  ])
  func staticChoice(_ map: (batch: Int, size: Int, channels: Int, filters: Int, over: Bool, direct: Bool)) {
    let input = Extent(map.size, map.size, map.channels)
    let output = Extent(map.size, map.size, map.filters)
    #expect(Winograd.wins(overWinograd: true, batch: map.batch, input: input, output: output) == map.over)
    #expect(Winograd.wins(overWinograd: false, batch: map.batch, input: input, output: output) == map.direct)
  }

  @Test(arguments: [Size2D(1), Size2D(4, 9), Size2D(57, 200)], [10, 128, 4_096])
  func tilesCoverTheMap(size: Size2D, channels: Int) {
    let batch = 3
    let tiling = WinogradTiling(batch: batch, output: size, channels: channels)
    var pixels = Array(repeating: 0, count: batch * size.height * size.width)
    for band in tiling.bands {
      for row in 0..<band.count {
        let place = tiling.place(row: row, in: band)
        for row in place.row..<min(place.row + 4, size.height) {
          for column in 0..<min(tiling.columns * 4, size.width) {
            pixels[(place.image * size.height + row) * size.width + column] += 1
          }
        }
      }
    }
    #expect(pixels.allSatisfy { $0 == 1 })
  }
}
