import ZooGraph

extension PlanBuilder {
  /// The fastest of a convolution's implementations; the first one where that is not clearly beaten.
  func fastest(
    _ entrants: [ConvolutionCode], key: String, summand: MemoryDescriptor?, tuning: Tuning
  ) throws(EngineError) -> ConvolutionCode? {
    guard let first = entrants.first else { return nil }
    var best = (entrant: first, time: try time([first], summand))
    // Here our own code's kernels come from the caches, in a network from memory.
    let fewestTiles = Winograd.fewestTiles(overWinograd: entrants.contains(where: \.isTheirWinograd))
    for entrant in entrants.dropFirst() where entrant.name != first.name {
      if case .winograd(let winograd) = entrant, winograd.tiling.count < fewestTiles { continue }
      let time = try time([entrant], summand)
      // A change must be worth it: timings of a few runs are not exact.
      if time < best.time * 0.95 { best = (entrant, time) }
    }
    tuning.remember(best.entrant.name, for: key)
    return best.entrant
  }

  /// The shortest of a few runs of codes, one after the other, on zeros, in milliseconds.
  func time(_ codes: [ConvolutionCode], _ summand: MemoryDescriptor? = nil) throws(EngineError) -> Double {
    var trial = PlanBuilder(
      LoweredGraph(operations: [], outputs: []), batch: batch, threads: threads, options: options,
      weights: weights, choices: choices, on: device)
    for code in codes { try trial.emitTrial(of: code, summand) }
    let plan = try trial.build()
    let session = try Session(plan, in: try AlignedBuffer(byteCount: plan.arena.byteCount), on: device)
    let nothing = try AlignedBuffer(byteCount: 0)
    var best = Double.infinity
    let clock = threads == 1 ? Clock.threadMilliseconds : Clock.milliseconds
    for _ in 0..<5 {
      let start = clock()
      try session.run(nothing.address.assumingMemoryBound(to: Float.self), into: [])
      best = min(best, clock() - start)
    }
    return best
  }

  private mutating func emitTrial(
    of code: ConvolutionCode, _ summand: MemoryDescriptor?
  ) throws(EngineError) {
    let source = try zeros(code.source)
    let target = newLocation(code.destination)
    switch code {
    case .oneDNN(let descriptor):
      var operands: [(Argument, Location)] = [
        (.source, source), (.weights, try zeros(descriptor.weights)), (.destination, target),
      ]
      for case (let argument, let layout?) in [
        (Argument.bias, descriptor.bias), (.weights.ofDepthwise, descriptor.depthwiseWeights),
        (.bias.ofDepthwise, descriptor.depthwiseBias),
      ] { operands.append((argument, try zeros(layout))) }
      if let summand { operands.append((Argument.operand(ofStep: 0), try zeros(summand))) }
      try emit(descriptor, layers: [], operands)
    case .winograd(let winograd):
      try emit(
        winograd, layers: [], source: source, kernel: try zeros(winograd.kernels),
        bias: try zeros(.vector(winograd.output.paddedChannels)),
        summand: try summand.map { summand throws(EngineError) in try zeros(summand) }, target: target,
        floatingPointOperations: 0)
    }
  }

  private mutating func zeros(_ descriptor: MemoryDescriptor) throws(EngineError) -> Location {
    let buffer = try AlignedBuffer(byteCount: descriptor.byteCount)
    buffer.address.initializeMemory(as: UInt8.self, repeating: 0, count: descriptor.byteCount)
    return constant(buffer, descriptor)
  }
}

extension Convolution {
  /// Everything about the convolution that its speed depends on.
  func tuningKey(
    input: Extent, output: Extent, batch: Int, threads: Int, steps: [FusedStep], precision: Precision
  ) -> String {
    let shape = "\(input.height)×\(input.width)×\(input.channels)→\(output.channels)"
    let window = "kernel \(kernelSize) strides \(strides) dilation \(dilation) groups \(groups)"
    let names = steps.map { step in
      switch step {
      case .sum: "sum"
      case .add: "add"
      case .multiply: "multiply"
      case .activation(let function): function.description
      case .depthwise(let step): "depthwise strides \(step.stride) margin \(step.margin)"
      }
    }
    return "\(shape) \(window) margins \(margins) batch \(batch) threads \(threads) \(precision.rawValue)"
      + (names.isEmpty ? "" : " " + names.joined(separator: "+"))
  }
}
