import Glibc
import ZooSystem

/// Memory for float32 or bfloat16 values, aligned for vector instructions. Contents start undefined.
final class AlignedBuffer: @unchecked Sendable {
  // Who shares a buffer between threads sees to it that it is no longer written.
  let address: UnsafeMutableRawPointer
  let byteCount: Int
  /// The buffer that this one is a part of.
  private let whole: AlignedBuffer?

  /// A part of `whole`, which it keeps.
  init?(_ whole: AlignedBuffer, offset: Int, byteCount: Int) {
    guard offset >= 0, byteCount >= 0, offset <= whole.byteCount - byteCount else { return nil }
    address = whole.address + offset
    self.byteCount = byteCount
    self.whole = whole
  }

  /// - Throws: `EngineError` when there is not that much memory.
  init(byteCount: Int) throws(EngineError) {
    guard byteCount <= Machine.memory else {
      throw EngineError(
        "the network needs \(byteCount >> 20) MiB at once, "
          + "and this process can have \(Machine.memory >> 20) MiB"
      )
    }
    var address: UnsafeMutableRawPointer?
    let isLarge = byteCount >= Self.hugePage
    guard posix_memalign(&address, isLarge ? Self.hugePage : 64, max(byteCount, 64)) == 0, let address else {
      throw EngineError("out of memory: cannot allocate \(byteCount >> 20) MiB")
    }
    // Fewer page faults and misses of the address cache; without such pages the hint does nothing.
    if isLarge { madvise(address, byteCount / Self.hugePage * Self.hugePage, MADV_HUGEPAGE) }
    self.address = address
    self.byteCount = byteCount
    whole = nil
  }

  deinit { if whole == nil { free(address) } }

  private static let hugePage = 2 << 20

  var floats: UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(
      start: address.bindMemory(to: Float.self, capacity: byteCount / 4), count: byteCount / 4)
  }
}
