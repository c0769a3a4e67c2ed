import CKernels

/// The products of a few vectors with a kernel that is larger than the caches: then reading it is what takes the time.
/// oneDNN's code reads 27 GB/s where the memory gives 64 (measured: 75 MB, two threads, one vector).
///
/// Operands: the vectors, one behind the other; the kernel in ``MemoryDescriptor/Tag/denseBlocks``; the bias, if there is
/// one; the results.
struct DenseKernel: HostKernel {
  private let shape: zoo_dense
  private let hasBias: Bool

  /// - Parameter kernel: how it lies, `units` × `inputs`.
  /// - Returns: `nil` where the processor or the layout is another, or there are more vectors than it takes at once.
  init?(
    batch: Int, inputs: Int, units: Int, kernel: MemoryDescriptor, hasBias: Bool
  ) throws(EngineError) {
    guard OneDNN.blockedTag == .blocks(16), (1...Int(ZOO_DENSE_MOST_ROWS)).contains(batch),
      try kernel == MemoryDescriptor([units, inputs], .denseBlocks)
    else { return nil }
    shape = zoo_dense(rows: batch, inputs: inputs, units: units, kernel_inputs: (inputs + 15) / 16 * 16)
    self.hasBias = hasBias
  }

  var name: String { "c:dense" }

  func run(_ addresses: UnsafeBufferPointer<UnsafeMutableRawPointer>, _ share: Share) {
    let floats = addresses.map { $0.assumingMemoryBound(to: Float.self) }
    let block = Int(ZOO_DENSE_BLOCK)
    let blocks = share.range(of: (shape.units + block - 1) / block)
    zoo_dense(
      shape, floats[0], floats[1], hasBias ? floats[2] : nil, floats[floats.count - 1], blocks.lowerBound,
      blocks.upperBound)
  }
}
