import ZooGraph
import ZooPlugin

extension GraphBuilder {
  /// `_normal_a_cell`, figure 4 in the paper.
  ///
  /// - Parameter before: what the cell before took.
  /// - Returns: The cell's output, and what it took.
  func normalCell(_ input: Tap, _ before: Tap?, _ filters: Int, _ block: String) -> (Tap, Tap?) {
    let p = adjusted(before, to: input, filters, block)
    let h = squeezed(input, filters, "normal", block)

    let left1 = separable(h, filters, kernel: 5, "normal_left1_\(block)")
    let right1 = separable(p, filters, kernel: 3, "normal_right1_\(block)")
    let x1 = add("normal_add_1_\(block)", left1, right1)

    let left2 = separable(p, filters, kernel: 5, "normal_left2_\(block)")
    let right2 = separable(p, filters, kernel: 3, "normal_right2_\(block)")
    let x2 = add("normal_add_2_\(block)", left2, right2)

    let left3 = averaged(h, "normal_left3_\(block)")
    let x3 = add("normal_add_3_\(block)", left3, p)

    let left4 = averaged(p, "normal_left4_\(block)")
    let right4 = averaged(p, "normal_right4_\(block)")
    let x4 = add("normal_add_4_\(block)", left4, right4)

    let left5 = separable(h, filters, kernel: 3, "normal_left5_\(block)")
    let x5 = add("normal_add_5_\(block)", left5, h)

    return (concatenate("normal_concat_\(block)", p, x1, x2, x3, x4, x5), input)
  }

  /// `_reduction_a_cell`, figure 4 in the paper: half the size.
  func reductionCell(_ input: Tap, _ before: Tap?, _ filters: Int, _ block: String) -> (Tap, Tap?) {
    let p = adjusted(before, to: input, filters, block)
    let h = squeezed(input, filters, "reduction", block)
    let h3 = zeroPadding2D(h, "reduction_pad_1_\(block)", strideTwoPadding(h.shape, kernel: 3))

    let left1 = separable(h, filters, kernel: 5, strides: 2, "reduction_left1_\(block)")
    let right1 = separable(p, filters, kernel: 7, strides: 2, "reduction_right1_\(block)")
    let x1 = add("reduction_add_1_\(block)", left1, right1)

    let left2 = maxPooling2D(h3, "reduction_left2_\(block)", pool: 3, strides: 2)
    let right2 = separable(p, filters, kernel: 7, strides: 2, "reduction_right2_\(block)")
    let x2 = add("reduction_add_2_\(block)", left2, right2)

    let left3 = averagePooling2D(h3, "reduction_left3_\(block)", pool: 3, strides: 2)
    let right3 = separable(p, filters, kernel: 5, strides: 2, "reduction_right3_\(block)")
    let x3 = add("reduction_add3_\(block)", left3, right3)

    let left4 = averaged(x1, "reduction_left4_\(block)")
    let x4 = add(numbered("add"), x2, left4)

    let left5 = separable(x1, filters, kernel: 3, "reduction_left4_\(block)")
    let right5 = maxPooling2D(h3, "reduction_right5_\(block)", pool: 3, strides: 2)
    let x5 = add("reduction_add4_\(block)", left5, right5)

    return (concatenate("reduction_concat_\(block)", x2, x3, x4, x5), input)
  }

  /// ReLU, then a 1×1 convolution to the cell's filters.
  private func squeezed(_ x: Tap, _ filters: Int, _ cell: String, _ block: String) -> Tap {
    let y = activation(x, numbered("activation"), .relu)
    return convBN(y, filters, "\(cell)_conv_1_\(block)", "\(cell)_bn_1_\(block)")
  }

  private func convBN(_ x: Tap, _ filters: Int, _ name: String, _ normalization: String) -> Tap {
    let y = conv2D(x, name, filters, kernel: 1, padding: .same, useBias: false)
    return batchNormalization(y, normalization, momentum: nasNetMomentum)
  }

  /// The mean of 3×3 pixels.
  private func averaged(_ x: Tap, _ name: String) -> Tap {
    averagePooling2D(x, name, pool: 3, strides: 1, padding: .same)
  }

  /// `_separable_conv_block`: twice ReLU, separable convolution, normalisation. The first has the stride.
  private func separable(_ input: Tap, _ filters: Int, kernel: Int, strides: Int = 1, _ block: String) -> Tap
  {
    var x = activation(input, numbered("activation"), .relu)
    if strides == 2 {
      x = zeroPadding2D(x, "separable_conv_1_pad_\(block)", strideTwoPadding(x.shape, kernel: kernel))
    }
    x = separableConv2D(
      x, "separable_conv_1_\(block)", filters, kernel: kernel, strides: strides,
      padding: strides == 1 ? .same : .valid, useBias: false)
    x = batchNormalization(x, "separable_conv_1_bn_\(block)", momentum: nasNetMomentum)

    x = activation(x, numbered("activation"), .relu)
    x = separableConv2D(
      x, "separable_conv_2_\(block)", filters, kernel: kernel, padding: .same, useBias: false)
    return batchNormalization(x, "separable_conv_2_bn_\(block)", momentum: nasNetMomentum)
  }

  /// `_adjust_block`: brings what the cell before took to the size and filters of this cell. Keras compares the
  /// widths only.
  private func adjusted(_ before: Tap?, to input: Tap, _ filters: Int, _ block: String) -> Tap {
    guard let before else { return input }
    if before.shape.width != input.shape.width { return halved(before, filters, block) }
    guard before.shape.channels != filters else { return before }
    let x = activation(before, numbered("activation"), .relu)
    return convBN(x, filters, "adjust_conv_projection_\(block)", "adjust_bn_\(block)")
  }

  /// Half the size: every other pixel, and beside them those one further down and to the right.
  private func halved(_ input: Tap, _ filters: Int, _ block: String) -> Tap {
    let x = activation(input, "adjust_relu_1_\(block)", .relu)
    var even = averagePooling2D(x, "adjust_avg_pool_1_\(block)", pool: 1, strides: 2)
    even = conv2D(
      even, "adjust_conv_1_\(block)", filters / 2, kernel: 1, padding: .same, useBias: false)

    var odd = zeroPadding2D(x, numbered("zero_padding2d"), Margins(top: 0, bottom: 1, left: 0, right: 1))
    odd = cropping2D(odd, numbered("cropping2d"), Margins(top: 1, bottom: 0, left: 1, right: 0))
    odd = averagePooling2D(odd, "adjust_avg_pool_2_\(block)", pool: 1, strides: 2)
    odd = conv2D(odd, "adjust_conv_2_\(block)", filters / 2, kernel: 1, padding: .same, useBias: false)

    let both = concatenate(numbered("concatenate"), even, odd)
    return batchNormalization(both, "adjust_bn_\(block)", momentum: nasNetMomentum)
  }
}
