import ZooGraph

extension GraphBuilder {
  /// InceptionResNetV2 (Szegedy et al., "Inception-v4, Inception-ResNet and the Impact of Residual Connections
  /// on Learning", 2016) without its top, as in `keras/src/applications/inception_resnet_v2.py`.
  func inceptionResNetV2(_ input: Tap) -> Tap {
    var x = mixed5b(inceptionStem(input))
    for block in 1...10 {
      x = residual(x, "block35_\(block)", scale: 0.17) { x in
        let branch0 = convBN(x, 32, 1, 1)
        let branch1 = convBN(x, (32, 1, 1), (32, 3, 3))
        let branch2 = convBN(x, (32, 1, 1), (48, 3, 3), (64, 3, 3))
        return concatenate("block35_\(block)_mixed", branch0, branch1, branch2)
      }
    }
    endStage(x)
    x = mixed6a(x)
    for block in 1...20 {
      x = residual(x, "block17_\(block)", scale: 0.1) { x in
        let branch0 = convBN(x, 192, 1, 1)
        let branch1 = convBN(x, (128, 1, 1), (160, 1, 7), (192, 7, 1))
        return concatenate("block17_\(block)_mixed", branch0, branch1)
      }
    }
    endStage(x)
    x = mixed7a(x)
    for block in 1...10 {
      let isLast = block == 10
      x = residual(x, "block8_\(block)", scale: isLast ? 1 : 0.2, isActivated: !isLast) { x in
        let branch0 = convBN(x, 192, 1, 1)
        let branch1 = convBN(x, (192, 1, 1), (224, 1, 3), (256, 3, 1))
        return concatenate("block8_\(block)_mixed", branch0, branch1)
      }
    }
    endStage(x)
    x = conv2D(x, "conv_7b", 1536, kernel: 1, padding: .same, useBias: false)
    x = batchNormalization(x, "conv_7b_bn", scale: false)
    return activation(x, "conv_7b_ac", .relu)
  }

  private func mixed5b(_ x: Tap) -> Tap {
    let branch0 = convBN(x, 96, 1, 1)
    let branch1 = convBN(x, (48, 1, 1), (64, 5, 5))
    let branch2 = convBN(x, (64, 1, 1), (96, 3, 3), (96, 3, 3))
    let branchPool = averagedBranch(x, 64)
    return concatenate("mixed_5b", branch0, branch1, branch2, branchPool)
  }

  private func mixed6a(_ x: Tap) -> Tap {
    let branch0 = convBN(x, 384, 3, 3, strides: 2, padding: .valid)
    var branch1 = convBN(x, (256, 1, 1), (256, 3, 3))
    branch1 = convBN(branch1, 384, 3, 3, strides: 2, padding: .valid)
    let branchPool = maxPooling2D(x, numbered("max_pooling2d"), pool: 3, strides: 2)
    return concatenate("mixed_6a", branch0, branch1, branchPool)
  }

  private func mixed7a(_ x: Tap) -> Tap {
    var branch0 = convBN(x, 256, 1, 1)
    branch0 = convBN(branch0, 384, 3, 3, strides: 2, padding: .valid)
    var branch1 = convBN(x, 256, 1, 1)
    branch1 = convBN(branch1, 288, 3, 3, strides: 2, padding: .valid)
    var branch2 = convBN(x, (256, 1, 1), (288, 3, 3))
    branch2 = convBN(branch2, 320, 3, 3, strides: 2, padding: .valid)
    let branchPool = maxPooling2D(x, numbered("max_pooling2d"), pool: 3, strides: 2)
    return concatenate("mixed_7a", branch0, branch1, branch2, branchPool)
  }

  /// `inception_resnet_block`: `x + scale · branches`, brought to the channels of `x`. That sum is one layer in
  /// Keras, `CustomScaleLayer`, and two here, the second under its name.
  private func residual(
    _ x: Tap, _ name: String, scale: Double, isActivated: Bool = true, branches: (Tap) -> Tap
  ) -> Tap {
    var y = conv2D(branches(x), "\(name)_conv", x.shape.channels, kernel: 1, padding: .same)
    y = rescaling(y, "\(name)_scale", scale: scale)
    y = add(numbered("custom_scale_layer"), x, y)
    return isActivated ? activation(y, "\(name)_ac", .relu) : y
  }
}
