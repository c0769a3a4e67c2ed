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
    let size = source.elementSize
    for plane in share.range(of: source.batch * source.blockCount) {
      let (image, block) = (plane / source.blockCount, plane % source.blockCount)
      let input = addresses[0] + (image * source.batchStride + block * source.blockStride) * size
      let output = addresses[1] + (image * target.batchStride + block * target.blockStride) * size
      // Pixels of a row and rows of a plane lie next to each other in every layout that we walk.
      memset(output, 0, target.extent.height * target.rowStride * size)
      for row in 0..<source.extent.height {
        let start = (row + margins.top) * target.rowStride + margins.left * target.columnStride
        memcpy(
          output + start * size, input + row * source.rowStride * size,
          source.extent.width * source.columnStride * size)
      }
    }
  }
}
