import ZooGraph

extension GraphBuilder {
  /// `stack_residual_blocks_v2` four times. Each stack but the last halves the size, in its last block.
  func stacksV2(_ input: Tap, _ depths: [Int]) -> Tap {
    var x = input
    var poolings = 0
    for (index, (depth, filters)) in zip(depths, [64, 128, 256, 512]).enumerated() {
      for block in 1...depth {
        let strides = index < 3 && block == depth ? 2 : 1
        // Keras numbers these unnamed layers itself.
        let pooling = poolings == 0 ? "max_pooling2d" : "max_pooling2d_\(poolings)"
        if strides > 1 { poolings += 1 }
        x = blockV2(
          x, "conv\(index + 2)_block\(block)", filters, strides: strides, convShortcut: block == 1,
          pooling: pooling)
      }
      endStage(x)
    }
    return x
  }

  /// `residual_block_v2`: normalisation and activation come before the convolutions.
  private func blockV2(
    _ input: Tap, _ name: String, _ filters: Int, strides: Int, convShortcut: Bool, pooling: String
  ) -> Tap {
    var preact = batchNormalization(input, "\(name)_preact_bn", epsilon: resNetEpsilon)
    preact = activation(preact, "\(name)_preact_relu", .relu)

    let shortcut =
      if convShortcut {
        conv2D(preact, "\(name)_0_conv", 4 * filters, kernel: 1, strides: strides)
      } else if strides > 1 {
        maxPooling2D(input, pooling, pool: 1, strides: strides)
      } else {
        input
      }
    var x = conv2D(preact, "\(name)_1_conv", filters, kernel: 1, useBias: false)
    x = batchNormalization(x, "\(name)_1_bn", epsilon: resNetEpsilon)
    x = activation(x, "\(name)_1_relu", .relu)

    x = zeroPadding2D(x, "\(name)_2_pad", Margins(1))
    x = conv2D(x, "\(name)_2_conv", filters, kernel: 3, strides: strides, useBias: false)
    x = batchNormalization(x, "\(name)_2_bn", epsilon: resNetEpsilon)
    x = activation(x, "\(name)_2_relu", .relu)

    x = conv2D(x, "\(name)_3_conv", 4 * filters, kernel: 1)
    return add("\(name)_out", shortcut, x)
  }
}
