import Glibc
import ZooGraph

/// Puts zeros around a map; margins below zero take rows and columns away.
struct PadKernel: HostKernel {
  private let source: BlockedLayout
  private let target: BlockedLayout
  private let margins: Margins
  /// Those of the source that stay.
  private let rows: Range<Int>
  private let columns: Range<Int>

  /// Two layouts with blocks of the same size.
  init(_ source: BlockedLayout, _ target: BlockedLayout, _ margins: Margins) {
    self.source = source
    self.target = target
    self.margins = margins
    rows = Self.kept(source.extent.height, margins.top, margins.bottom)
    columns = Self.kept(source.extent.width, margins.left, margins.right)
  }

  /// None where the result is of added zeros alone.
  private static func kept(_ count: Int, _ before: Int, _ after: Int) -> Range<Int> {
    let first = min(max(0, -before), count)
    return first..<max(first, count + min(0, after))
  }

  private var isLarger: Bool { max(margins.top, margins.bottom, margins.left, margins.right) > 0 }

  var name: String { "swift:pad" }

  func run(_ addresses: UnsafeBufferPointer<UnsafeMutableRawPointer>, _ share: Share) {
    let size = source.elementSize
    for plane in share.range(of: source.batch * source.blockCount) {
      let (image, block) = (plane / source.blockCount, plane % source.blockCount)
      let input = addresses[0] + (image * source.batchStride + block * source.blockStride) * size
      let output = addresses[1] + (image * target.batchStride + block * target.blockStride) * size
      // Pixels of a row and rows of a plane lie next to each other in every layout that we walk.
      if isLarger { memset(output, 0, target.extent.height * target.rowStride * size) }
      for row in rows {
        let to =
          (row + margins.top) * target.rowStride + (columns.lowerBound + margins.left) * target.columnStride
        let from = row * source.rowStride + columns.lowerBound * source.columnStride
        memcpy(output + to * size, input + from * size, columns.count * source.columnStride * size)
      }
    }
  }
}
