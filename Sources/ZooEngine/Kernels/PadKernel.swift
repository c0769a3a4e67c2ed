import Glibc
import ZooGraph

/// Puts zeros around a map.
struct PadKernel: HostKernel {
  private let source: BlockedLayout
  private let target: BlockedLayout
  private let margins: Margins

  /// Two layouts with blocks of the same size.
  init(_ source: BlockedLayout, _ target: BlockedLayout, _ margins: Margins) {
    self.source = source
    self.target = target
    self.margins = margins
  }

  var name: String { "swift:pad" }

  func run(_ addresses: UnsafeBufferPointer<UnsafeMutableRawPointer>) {
    let from = addresses[0].assumingMemoryBound(to: Float.self)
    let to = addresses[1].assumingMemoryBound(to: Float.self)
    memset(to, 0, target.batch * target.batchStride * MemoryLayout<Float>.size)
    for image in 0..<source.batch {
      for block in 0..<source.blockCount {
        for row in 0..<source.extent.height {
          let input = image * source.batchStride + block * source.blockStride + row * source.rowStride
          let output =
            image * target.batchStride + block * target.blockStride
            + (row + margins.top) * target.rowStride + margins.left * target.columnStride
          // Pixels of a row lie next to each other in every layout that we walk.
          (to + output).update(from: from + input, count: source.extent.width * source.columnStride)
        }
      }
    }
  }
}
