import ZooGraph

extension LoweredGraph {
  /// Parts of maps are cut out in the maps' own layout, as padding with less than nothing; padding before it is done in
  /// the same step.
  func croppingAsPadding() -> LoweredGraph {
    let shapes = Dictionary(uniqueKeysWithValues: operations.map { ($0.id, $0.shape) })
    var rewriting = Rewriting(self)
    for index in operations.indices {
      guard var operation = rewriting.slots[index], case .rearrange(let rearrangement) = operation.kind,
        let source = shapes[operation.inputs[0]], var margins = rearrangement.cropping(of: source)
      else { continue }
      if let before = rewriting.producer(of: operation.inputs[0]), case .pad(let added) = before.kind,
        rewriting.isInternal(before.id)
      {
        // What was added is cut off again; after that nothing is added, so that what was cut off does not come back.
        margins = margins + added
        operation.inputs = before.inputs
        operation.layers = before.layers + operation.layers
      }
      operation.kind = .pad(margins)
      rewriting.replace(at: index, by: operation)
    }
    return rewriting.result
  }
}

extension Rearrangement {
  /// As margins below zero, where this is a part of a map of this shape.
  fileprivate func cropping(of source: Shape) -> Margins? {
    let whole = source.axes
    guard whole.count == 3, axes.map(\.stride) == whole.map(\.stride), axes[2] == whole[2] else { return nil }
    let (top, rest) = offset.quotientAndRemainder(dividingBy: whole[0].stride)
    let (left, channel) = rest.quotientAndRemainder(dividingBy: whole[1].stride)
    let bottom = whole[0].count - top - axes[0].count
    let right = whole[1].count - left - axes[1].count
    guard channel == 0, bottom >= 0, right >= 0 else { return nil }
    return Margins(top: -top, bottom: -bottom, left: -left, right: -right)
  }
}
