import ZooGraph
import ZooPlugin

extension Trial {
  /// A size that is neither the base's nor square, and not below its smallest.
  private var oddSize: Size2D { Size2D(max(97, base.minimumInputSize + 1), max(76, base.minimumInputSize)) }

  func facts() throws {
    for (name, value) in [("top1", base.top1), ("top5", base.top5)] {
      guard let value else { continue }
      try require((0...100).contains(value), "\(name) is in percent: expected 0 to 100, found \(value)")
    }
    if let top1 = base.top1, let top5 = base.top5 {
      try require(top1 <= top5, "top1 is at most top5: expected at most \(top5), found \(top1)")
    }
    try require(
      base.preprocessing.suits(channels: 3),
      "the preprocessing '\(base.preprocessing)' is not for RGB pictures")
    let labels = base.labels ?? "imagenet"
    try require(labels == "imagenet", "labels: expected 'imagenet' or nothing, found '\(labels)'")
    for file in base.published {
      try require(
        file.url.hasPrefix("https://") || file.url.hasPrefix("http://"),
        "published: expected an http or https address, found '\(file.url)'")
      try check(file.md5, "md5", digits: 32, of: file)
      try check(file.sha256, "sha256", digits: 64, of: file)
    }
  }

  private func check(_ hash: String?, _ name: String, digits: Int, of file: PublishedWeights) throws {
    guard let hash else { return }
    let isHexadecimal = hash.allSatisfy { $0.isASCII && $0.isHexDigit && !$0.isUppercase }
    try require(
      hash.count == digits && isHexadecimal,
      "\(name) of \(file.url): expected \(digits) hexadecimal digits in lower case, found '\(hash)'")
  }

  func parameters() throws {
    for includeTop in [true, false] {
      let graph = try resolved(Variant(of: base, includeTop: includeTop))
      let stated = includeTop ? base.parameters : base.parametersWithoutTop
      let top = includeTop ? "with top" : "without top"
      try require(stated, is: graph.parameterCount, "parameters \(top)")
      try require(graph.inputShape, is: .map(base.inputSize, base.inputSize, 3), "the input \(top)")
    }
  }

  func variants() throws {
    let map = try resolved(Variant(of: base, includeTop: false, inputSize: oddSize))
    try require(
      map.outputShape.rank == 3, "without top and pooling: expected a map, found \(map.outputShape)")
    for pooling in [Pooling.avg, .max] {
      let pooled = try resolved(Variant(of: base, includeTop: false, pooling: pooling))
      let channels = map.outputShape.channels
      try require(pooled.outputShape, is: .vector(channels), "with pooling \(pooling)")
      try require(pooled.featureMap.shape.channels, is: channels, "channels before pooling \(pooling)")
    }
    let top = try resolved(Variant(of: base, includeTop: true, classes: 7))
    try require(top.outputShape, is: .vector(7), "with top for 7 classes")
    try require(top.outputActivation, is: .softmax, "the top's activation")
    let logits = try resolved(Variant(of: base, includeTop: true, classifierActivation: .linear))
    try require(logits.outputActivation, is: .linear, "the top's activation where logits are asked for")
    // ConvNeXt's last normalization is of the map without top, of what was pooled with it.
    let isShared = top.index(of: map.graph.output) != nil
    try require(
      top.featureMap.node.name, is: map.entries[map.outputIndex - (isShared ? 0 : 1)].node.name,
      "the last map, with top and without")
  }

  func sizes() throws {
    let smallest = base.minimumInputSize
    _ = try resolved(Variant(of: base, includeTop: false, inputSize: Size2D(smallest)))
    if smallest > 1 {
      try refused(Variant(of: base, includeTop: false, inputSize: Size2D(smallest - 1, smallest)))
    }
    try refused(Variant(of: base, includeTop: true, classes: 0))
  }

  private func refused(_ variant: Variant) throws {
    do throws(RegistryError) { _ = try registry.architecture(of: variant) } catch { return }
    throw Complaint(
      description:
        "inputs of \(variant.inputSize) with \(variant.classes) classes: expected a refusal, found a graph")
  }

  /// Where stages are told, they follow one another to smaller and smaller maps; the last one gives what the top, or
  /// what is without it, is made of.
  func stages() throws {
    let graph = try resolved(Variant(of: base, includeTop: true))
    let names = graph.graph.stages
    guard !names.isEmpty else { return }
    let shapes = try names.map { try graph.entry(named: $0).shape }
    for (name, shape) in zip(names, shapes) {
      try require(shape.rank == 3, "the stage that ends at '\(name)': expected a map, found \(shape)")
    }
    for place in shapes.indices.dropFirst() {
      try require(
        shapes[place - 1].height >= shapes[place].height && shapes[place - 1] != shapes[place],
        "stage\(place + 1): expected a smaller map than \(shapes[place - 1]), found \(shapes[place])")
    }
    try require(shapes.last?.height, is: graph.featureMap.shape.height, "the height of the last stage's map")
    let last = graph.stage(named: "stage\(names.count)")
    let found = try graph.entry(named: "stage\(names.count)").node.name
    try require(found, is: last.map { graph.entries[$0.upperBound].node.name } ?? "", "the last stage's end")
  }

  func aliases() throws {
    let top = try registry.architecture(of: Variant(of: base, includeTop: true))
    let names = Set(top.graph.nodes.map(\.name))
    var owners: [String: String] = [:]
    for (layer, aliases) in top.mapping.aliases {
      for alias in aliases {
        try require(
          !names.contains(alias), "the older name '\(alias)' of '\(layer)' is that of a layer today")
        let other = owners.updateValue(layer, forKey: alias)
        try require(
          other == nil, "the older name '\(alias)' stands for '\(layer)' and '\(other ?? "")'")
      }
    }
    // Blocks without an expansion or a shortcut have aliases to spare, whole networks have not.
    try require(
      top.mapping.aliases.isEmpty || !names.isDisjoint(with: top.mapping.aliases.keys),
      "none of the layers with older names is in the graph")
  }

  /// As operations that engines have; no weights are needed for that.
  func layers() throws {
    for includeTop in [true, false] {
      let graph = try resolved(Variant(of: base, includeTop: includeTop))
      _ = try LoweredGraph(graph, outputs: [graph.graph.output], preprocessing: base.preprocessing)
    }
  }
}
