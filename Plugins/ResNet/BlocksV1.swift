import ZooGraph

extension GraphBuilder {
  /// `stack_residual_blocks_v1` four times. The first stack keeps the size, the others halve it.
  func stacksV1(_ input: Tap, _ depths: [Int]) -> Tap {
    var x = input
    for (index, (depth, filters)) in zip(depths, [64, 128, 256, 512]).enumerated() {
      let stack = "conv\(index + 2)"
      for block in 1...depth {
        x = blockV1(
          x, "\(stack)_block\(block)", filters, strides: index > 0 && block == 1 ? 2 : 1,
          convShortcut: block == 1)
      }
      endStage(x)
    }
    return x
  }

  /// `residual_block_v1`: the stride is on the first 1×1 convolution, unlike in torchvision.
  private func blockV1(_ input: Tap, _ name: String, _ filters: Int, strides: Int, convShortcut: Bool) -> Tap
  {
    var shortcut = input
    if convShortcut {
      shortcut = conv2D(input, "\(name)_0_conv", 4 * filters, kernel: 1, strides: strides)
      shortcut = batchNormalization(shortcut, "\(name)_0_bn", epsilon: resNetEpsilon)
    }
    var x = conv2D(input, "\(name)_1_conv", filters, kernel: 1, strides: strides)
    x = batchNormalization(x, "\(name)_1_bn", epsilon: resNetEpsilon)
    x = activation(x, "\(name)_1_relu", .relu)

    x = conv2D(x, "\(name)_2_conv", filters, kernel: 3, padding: .same)
    x = batchNormalization(x, "\(name)_2_bn", epsilon: resNetEpsilon)
    x = activation(x, "\(name)_2_relu", .relu)

    x = conv2D(x, "\(name)_3_conv", 4 * filters, kernel: 1)
    x = batchNormalization(x, "\(name)_3_bn", epsilon: resNetEpsilon)

    x = add("\(name)_add", shortcut, x)
    return activation(x, "\(name)_out", .relu)
  }
}
