import ConeDNN
import ZooGraph

extension PlanBuilder {
  /// The fastest implementation of the convolution in the blocked layouts; the static choice where that is
  /// not clearly beaten. Other layouts would have to be paid for by the neighbours, so they are no choice
  /// here.
  func fastest(
    _ candidates: [(description: dnnl_convolution_desc_t, family: String)], _ attributes: Attributes,
    key: String, summand: MemoryDescriptor?, tuning: Tuning
  ) throws(EngineError) -> PrimitiveDescriptor? {
    var entrants: [PrimitiveDescriptor] = []
    for candidate in candidates where !candidate.family.isEmpty {
      entrants += try PrimitiveDescriptor.all(candidate.description, attributes, on: device) {
        $0.hasPrefix(candidate.family)
      }
    }
    guard let first = entrants.first else { return nil }
    if let winner = tuning.winner(for: key), let known = entrants.first(where: { $0.name == winner }) {
      return known
    }
    var best = (entrant: first, time: try time(first, summand))
    for entrant in entrants.dropFirst() where entrant.name != first.name {
      let time = try time(entrant, summand)
      // A change must be worth it: timings of a few runs are not exact.
      if time < best.time * 0.95 { best = (entrant, time) }
    }
    tuning.remember(best.entrant.name, for: key)
    return best.entrant
  }

  /// The shortest of a few runs on zeros, in milliseconds.
  private func time(
    _ descriptor: PrimitiveDescriptor, _ summand: MemoryDescriptor?
  ) throws(EngineError) -> Double {
    let primitive = try descriptor.primitive()
    let stream = try Stream(device)
    var places = [
      (DNNL_ARG_SRC, descriptor.source), (DNNL_ARG_WEIGHTS, descriptor.weights),
      (DNNL_ARG_BIAS, descriptor.bias), (DNNL_ARG_DST, descriptor.destination),
      (DNNL_ARG_SCRATCHPAD, descriptor.scratchpad),
    ]
    if let summand { places.append((Attributes.argument(ofStep: 0), summand)) }
    var buffers: [AlignedBuffer] = []
    var memories: [Memory] = []
    var arguments: [dnnl_exec_arg_t] = []
    for (argument, place) in places where place.byteCount > 0 {
      let buffer = try AlignedBuffer(byteCount: place.byteCount)
      buffer.address.initializeMemory(as: UInt8.self, repeating: 0, count: place.byteCount)
      let memory = try Memory(place, at: buffer.address, on: device)
      buffers.append(buffer)
      memories.append(memory)
      arguments.append(dnnl_exec_arg_t(arg: argument, memory: memory.handle))
    }
    var best = Double.infinity
    let clock = threads == 1 ? Clock.threadMilliseconds : Clock.milliseconds
    for _ in 0..<5 {
      let start = clock()
      try arguments.withUnsafeBufferPointer { arguments in
        Result { () throws(EngineError) in try primitive.execute(arguments, on: stream) }
      }.get()
      best = min(best, clock() - start)
    }
    withExtendedLifetime((buffers, memories)) {}
    return best
  }
}

extension PrimitiveDescriptor {
  /// The implementation and whether it is fed with float32 or bfloat16.
  fileprivate var name: String {
    implementation + (source.raw.data_type == dnnl_bf16 ? " bf16" : "")
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
      case .activation(let function): function.rawValue
      }
    }
    return "\(shape) \(window) margins \(margins) batch \(batch) threads \(threads) \(precision.rawValue)"
      + (names.isEmpty ? "" : " " + names.joined(separator: "+"))
  }
}
