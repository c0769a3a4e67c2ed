import ZooGraph

/// The weights of the layers above the cut in Keras' layouts, and the gradients of those that are trained.
final class ParameterStore {
  struct Parameter {
    let name: WeightName
    /// Keras' shape.
    let shape: [Int]
    let role: WeightRole
    let values: AlignedBuffer
    /// `nil` for weights that are not trained.
    let gradient: AlignedBuffer?
    /// Counts the changes of the values.
    var version = 0
  }

  private(set) var parameters: [Parameter] = []
  private var indices: [WeightName: Int] = [:]
  private var packed: [PackedKernel] = []
  private let device: OneDNN

  /// Reads the weights of the active layers.
  init(
    _ graph: ResolvedGraph, _ split: TrainingSplit, _ source: some WeightSource, on device: OneDNN
  ) throws(EngineError) {
    self.device = device
    let active = Set(split.active)
    // A layer above the cut may use the weights of one below it.
    let owners = Set(graph.entries.filter { active.contains($0.node.name) }.map(\.owner))
    for entry in graph.entries where owners.contains(entry.owner) {
      for spec in entry.weights {
        let name = WeightName(entry.owner, spec.name)
        let values = try AlignedBuffer(byteCount: spec.elementCount * 4)
        try Self.read(name, count: spec.elementCount, from: source, into: values.floats)
        let gradient =
          split.trainable.contains(name) ? try AlignedBuffer(byteCount: spec.elementCount * 4) : nil
        gradient?.floats.update(repeating: 0)
        indices[name] = parameters.count
        parameters.append(
          Parameter(name: name, shape: spec.shape, role: spec.role, values: values, gradient: gradient))
      }
    }
  }

  func index(of name: WeightName) throws(EngineError) -> Int {
    guard let index = indices[name] else {
      throw EngineError(layer: name.layer, "has no weight '\(name.weight)' above the cut")
    }
    return index
  }

  /// Of values, gradients and what has been made of kernels so far.
  var byteCount: Int {
    parameters.reduce(0) { $0 + $1.values.byteCount + ($1.gradient?.byteCount ?? 0) }
      + packed.reduce(0) { $0 + $1.buffer.byteCount }
  }

  /// To be called whenever values were written.
  func markChanged(_ index: Int) { parameters[index].version += 1 }

  /// The kernel `index` in the layout `target`; `plain` is Keras'. One copy serves everybody.
  func kernel(
    _ index: Int, plain: MemoryDescriptor, as target: MemoryDescriptor
  ) throws(EngineError) -> PackedKernel {
    if let known = packed.first(where: { $0.parameter == index && $0.descriptor == target }) { return known }
    let kernel = try PackedKernel(index, parameters[index].values, plain: plain, as: target, on: device)
    packed.append(kernel)
    return kernel
  }

  private static func read(
    _ name: WeightName, count: Int, from source: some WeightSource,
    into target: UnsafeMutableBufferPointer<Float>
  ) throws(EngineError) {
    var found = 0
    do {
      try source.withWeight(layer: name.layer, weight: name.weight) { values in
        found = values.count
        if found == count { _ = target.update(from: values) }
      }
    } catch {
      throw EngineError(name.weight, of: name.layer, unreadable: error)
    }
    guard found == count else {
      throw EngineError(
        layer: name.layer, "the weight '\(name.weight)' should have \(count) values, found \(found)")
    }
  }
}
