/// A plan whose steps' arguments are bound to an arena.
final class Session {
  private let plan: Plan
  private let arena: AlignedBuffer
  private let stream: Stream
  private var calls: [Call] = []
  /// Where the caller's memory enters: to be set before each run.
  private var open: [Opening] = []

  /// A step with its arguments at their addresses.
  private struct Call {
    var arguments = BoundArguments()
    var addresses: [UnsafeMutableRawPointer] = []
  }

  private struct Opening {
    var call: Int
    var operand: Int
    var buffer: BufferID
  }

  /// - Parameter arena: at least as large as the plan says. Others may use it between runs.
  init(_ plan: Plan, in arena: AlignedBuffer, on device: OneDNN) throws(EngineError) {
    self.plan = plan
    self.arena = arena
    stream = try Stream(device)
    for (index, step) in plan.steps.enumerated() {
      var call = Call()
      for (place, operand) in step.operands.enumerated() {
        let address: UnsafeMutableRawPointer
        switch operand.buffer {
        case .arena(let number): address = arena.address + plan.arena.offsets[number]
        case .constant(let number): address = plan.constants[number].address
        case .input, .output:
          address = arena.address
          open.append(Opening(call: index, operand: place, buffer: operand.buffer))
        }
        call.addresses.append(address)
        guard let argument = operand.argument else { continue }
        try call.arguments.append(argument, operand.descriptor, at: address, on: device)
      }
      calls.append(call)
    }
  }

  /// Runs the plan once on a full batch.
  ///
  /// - Parameters:
  ///   - pixels: batch × height × width × channels.
  ///   - results: for each output, batch × its shape.
  ///   - observe: called after each step with its index.
  func run(
    _ pixels: UnsafePointer<Float>, into results: [UnsafeMutablePointer<Float>],
    observe: ((Int) -> Void)? = nil
  ) throws(EngineError) {
    for opening in open {
      let address: UnsafeMutableRawPointer
      if case .output(let number) = opening.buffer {
        address = UnsafeMutableRawPointer(results[number])
      } else {
        // Steps only read their sources.
        address = UnsafeMutableRawPointer(mutating: pixels)
      }
      calls[opening.call].addresses[opening.operand] = address
      if case .primitive = plan.steps[opening.call].action {
        try calls[opening.call].arguments.move(opening.operand, to: address)
      }
    }
    for (index, step) in plan.steps.enumerated() {
      switch step.action {
      case .primitive(let primitive):
        do throws(EngineError) {
          try primitive.execute(calls[index].arguments, on: stream)
        } catch {
          throw error.at(step.layers.last ?? "")
        }
      case .kernel(let kernel):
        calls[index].addresses.withUnsafeBufferPointer { addresses in
          OpenMP.parallel(threads: plan.threads) { kernel.run(addresses, $0) }
        }
      }
      observe?(index)
    }
  }
}
