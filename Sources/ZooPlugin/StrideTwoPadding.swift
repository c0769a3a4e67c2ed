import ZooGraph

/// `correct_pad` in Keras' `imagenet_utils.py`: the padding before a stride of 2 depends on the size's parity.
public func strideTwoPadding(_ shape: Shape, kernel: Int) -> Margins {
  let half = kernel / 2
  return Margins(
    top: half - (1 - shape.height % 2), bottom: half, left: half - (1 - shape.width % 2), right: half)
}
