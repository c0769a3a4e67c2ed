import CKernels

extension BlockedLayout {
  /// What our own code in C calls its blocks; `nil` where it cannot read and write them.
  var zooBlock: zoo_block? {
    guard columnStride == block else { return nil }
    return switch (type, block) {
    case (.float32, 16): ZOO_FLOAT32_16
    case (.float32, 8): ZOO_FLOAT32_8
    case (.bfloat16, 16): ZOO_BFLOAT16_16
    default: nil
    }
  }
}
