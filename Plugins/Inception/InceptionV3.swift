import ZooGraph

extension GraphBuilder {
  /// InceptionV3 (Szegedy et al., "Rethinking the Inception Architecture for Computer Vision", 2015) without
  /// its top, as in `keras/src/applications/inception_v3.py`. Of 299 × 299 pixels it makes 35 × 35 before
  /// `mixed0`, 17 × 17 from `mixed3` on, 8 × 8 from `mixed8` on.
  func inceptionV3(_ input: Tap) -> Tap {
    var x = inceptionStem(input)
    for (block, filters) in [32, 64, 64].enumerated() { x = mixedA(x, "mixed\(block)", pooled: filters) }
    endStage(x)
    x = reductionA(x, "mixed3")
    for (block, filters) in zip(4..., [128, 160, 160, 192]) { x = mixedB(x, "mixed\(block)", filters) }
    endStage(x)
    x = reductionB(x, "mixed8")
    for block in 0..<2 { x = mixedC(x, "mixed\(9 + block)", inner: "mixed9_\(block)") }
    endStage(x)
    return x
  }

  private func mixedA(_ x: Tap, _ name: String, pooled: Int) -> Tap {
    let branch1x1 = convBN(x, 64, 1, 1)
    let branch5x5 = convBN(x, (48, 1, 1), (64, 5, 5))
    let branch3x3dbl = convBN(x, (64, 1, 1), (96, 3, 3), (96, 3, 3))
    let branchPool = averagedBranch(x, pooled)
    return concatenate(name, branch1x1, branch5x5, branch3x3dbl, branchPool)
  }

  private func reductionA(_ x: Tap, _ name: String) -> Tap {
    let branch3x3 = convBN(x, 384, 3, 3, strides: 2, padding: .valid)
    var branch3x3dbl = convBN(x, (64, 1, 1), (96, 3, 3))
    branch3x3dbl = convBN(branch3x3dbl, 96, 3, 3, strides: 2, padding: .valid)
    let branchPool = maxPooling2D(x, numbered("max_pooling2d"), pool: 3, strides: 2)
    return concatenate(name, branch3x3, branch3x3dbl, branchPool)
  }

  private func mixedB(_ x: Tap, _ name: String, _ filters: Int) -> Tap {
    let branch1x1 = convBN(x, 192, 1, 1)
    let branch7x7 = convBN(x, (filters, 1, 1), (filters, 1, 7), (192, 7, 1))
    let branch7x7dbl = convBN(
      x, (filters, 1, 1), (filters, 7, 1), (filters, 1, 7), (filters, 7, 1), (192, 1, 7))
    let branchPool = averagedBranch(x, 192)
    return concatenate(name, branch1x1, branch7x7, branch7x7dbl, branchPool)
  }

  private func reductionB(_ x: Tap, _ name: String) -> Tap {
    var branch3x3 = convBN(x, 192, 1, 1)
    branch3x3 = convBN(branch3x3, 320, 3, 3, strides: 2, padding: .valid)
    var branch7x7x3 = convBN(x, (192, 1, 1), (192, 1, 7), (192, 7, 1))
    branch7x7x3 = convBN(branch7x7x3, 192, 3, 3, strides: 2, padding: .valid)
    let branchPool = maxPooling2D(x, numbered("max_pooling2d"), pool: 3, strides: 2)
    return concatenate(name, branch3x3, branch7x7x3, branchPool)
  }

  private func mixedC(_ x: Tap, _ name: String, inner: String) -> Tap {
    let branch1x1 = convBN(x, 320, 1, 1)

    let stem3x3 = convBN(x, 384, 1, 1)
    let (wide, high) = (convBN(stem3x3, 384, 1, 3), convBN(stem3x3, 384, 3, 1))
    let branch3x3 = concatenate(inner, wide, high)

    let stem3x3dbl = convBN(x, (448, 1, 1), (384, 3, 3))
    let (wideDbl, highDbl) = (convBN(stem3x3dbl, 384, 1, 3), convBN(stem3x3dbl, 384, 3, 1))
    let branch3x3dbl = concatenate(numbered("concatenate"), wideDbl, highDbl)

    let branchPool = averagedBranch(x, 192)
    return concatenate(name, branch1x1, branch3x3, branch3x3dbl, branchPool)
  }
}
