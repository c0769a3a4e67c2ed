/// A program's steps bound to memory.
final class TrainingRunner {
  let program: TrainingProgram
  private let threads: Int
  private let arena: AlignedBuffer
  private let stream: Stream
  private var calls: [Call] = []

  private struct Call {
    var arguments = BoundArguments()
    var addresses: [UnsafeMutableRawPointer] = []
  }

  /// - Parameter arena: at least as large as the program's plan says.
  init(
    _ program: TrainingProgram, arena: AlignedBuffer, threads: Int, on device: OneDNN
  ) throws(EngineError) {
    self.program = program
    self.threads = threads
    self.arena = arena
    stream = try Stream(device)
    for step in program.steps {
      var call = Call()
      for operand in step.operands {
        let address = try address(of: operand.buffer)
        call.addresses.append(address)
        guard let argument = operand.argument else { continue }
        try call.arguments.append(argument, operand.descriptor, at: address, on: device)
      }
      calls.append(call)
    }
  }

  private func address(of buffer: BufferID) throws(EngineError) -> UnsafeMutableRawPointer {
    switch buffer {
    case .arena(let number): return arena.address + program.arena.offsets[number]
    case .constant(let number): return program.constants[number].address
    case .input, .output: throw EngineError("a training program has buffers of its own only")
    }
  }

  /// Brings the kernels up to date, then runs the forward steps.
  func runForward(_ store: ParameterStore) throws(EngineError) {
    for kernel in program.kernels {
      try kernel.refresh(version: store.parameters[kernel.parameter].version, on: stream)
    }
    try run(0..<program.forwardCount)
  }

  func runBackward() throws(EngineError) {
    try run(program.forwardCount..<program.steps.count)
  }

  private func run(_ range: Range<Int>) throws(EngineError) {
    for index in range {
      let step = program.steps[index]
      switch step.action {
      case .primitive(let primitive):
        do throws(EngineError) {
          try primitive.execute(calls[index].arguments, on: stream)
        } catch {
          throw error.at(step.layers.last ?? "")
        }
      case .kernel(let kernel):
        calls[index].addresses.withUnsafeBufferPointer { addresses in
          OpenMP.parallel(threads: threads) { kernel.run(addresses, $0) }
        }
      }
    }
  }
}
