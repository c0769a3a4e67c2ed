extension GraphBuilder {
  public func conv2D(
    _ x: Tap, _ name: String, _ filters: Int, kernelSize: Size2D, strides: Int = 1, padding: Padding = .valid,
    groups: Int = 1, activation: ActivationFunction = .linear, useBias: Bool = true
  ) -> Tap {
    let layer = Conv2D(
      filters: filters, kernelSize: kernelSize, strides: Size2D(strides), padding: padding, groups: groups,
      activation: activation, useBias: useBias)
    return add(.conv2D(layer), name, to: [x])
  }

  public func separableConv2D(
    _ x: Tap, _ name: String, _ filters: Int, kernel: Int, strides: Int = 1, padding: Padding = .valid,
    useBias: Bool = true
  ) -> Tap {
    let layer = SeparableConv2D(
      filters: filters, kernelSize: Size2D(kernel), strides: Size2D(strides), padding: padding,
      useBias: useBias)
    return add(.separableConv2D(layer), name, to: [x])
  }

  public func batchNormalization(
    _ x: Tap, _ name: String, epsilon: Double = 1e-3, momentum: Double = 0.99, scale: Bool
  ) -> Tap {
    let layer = BatchNormalization(epsilon: epsilon, momentum: momentum, scale: scale)
    return add(.batchNormalization(layer), name, to: [x])
  }

  public func maxPooling2D(
    _ x: Tap, _ name: String, pool: Int, strides: Int? = nil, padding: Padding
  ) -> Tap {
    let layer = MaxPooling2D(poolSize: Size2D(pool), strides: strides.map { Size2D($0) }, padding: padding)
    return add(.maxPooling2D(layer), name, to: [x])
  }

  public func averagePooling2D(
    _ x: Tap, _ name: String, pool: Int, strides: Int? = nil, padding: Padding
  ) -> Tap {
    let layer = AveragePooling2D(
      poolSize: Size2D(pool), strides: strides.map { Size2D($0) }, padding: padding)
    return add(.averagePooling2D(layer), name, to: [x])
  }
}
