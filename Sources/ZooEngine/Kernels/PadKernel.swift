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

  func run(_ addresses: UnsafeBufferPointer<UnsafeMutableRawPointer>, _ share: Share) {
    let from = addresses[0].assumingMemoryBound(to: Float.self)
    let to = addresses[1].assumingMemoryBound(to: Float.self)
    for plane in share.range(of: source.batch * source.blockCount) {
      let (image, block) = (plane / source.blockCount, plane % source.blockCount)
      let input = from + image * source.batchStride + block * source.blockStride
      let output = to + image * target.batchStride + block * target.blockStride
      // Pixels of a row and rows of a plane lie next to each other in every layout that we walk.
      memset(output, 0, target.extent.height * target.rowStride * MemoryLayout<Float>.size)
      for row in 0..<source.extent.height {
        let start = (row + margins.top) * target.rowStride + margins.left * target.columnStride
        (output + start).update(
          from: input + row * source.rowStride, count: source.extent.width * source.columnStride)
      }
    }
  }
}
