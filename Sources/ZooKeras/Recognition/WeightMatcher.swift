import ZooGraph
import ZooPlugin

/// Finds the tensors of a file that belong to the weights of a graph: layer by layer, by today's name, by an
/// older name, by the number within the class, and at last by order. Every shape is checked.
///
/// Layers that nobody named have numbers for names, `conv2d_3`. Keras counts on from one model to the next, and Keras 1
/// and 2 began with 1: such names tell no more than the order in the class, unless the file has the very same ones.
struct WeightMatcher {
  private let graph: ResolvedGraph
  private let mapping: WeightMapping
  /// Layers with weights, in Keras' order.
  private let targets: [ResolvedGraph.Entry]

  init(_ graph: ResolvedGraph, _ mapping: WeightMapping) {
    self.graph = graph
    self.mapping = mapping
    targets = graph.kerasOrder.map { graph.entries[$0] }.filter { !$0.weights.isEmpty }
  }

  func match(_ layers: [SourceLayer]) -> WeightMatch {
    let sources = layers.filter { !$0.tensors.isEmpty }
    var result = WeightMatch()
    result.problems += duplicates(in: sources)
    let assigned = assign(sources)
    for (target, source) in zip(targets, assigned) {
      if let source {
        let found = sources[source]
        result.pair(target, found.tensors, from: found.container ?? found.name)
      } else {
        // Only the first is told of.
        let names = result.missing.isEmpty ? sources.map(\.name) : []
        let nearest = nearestNames(to: target.node.name, amongst: names)
        result.missing += target.weights.map { .init(layer: target.node.name, spec: $0, nearest: nearest) }
      }
    }
    noteUnused(sources, assigned, into: &result)
    let positions = Dictionary(uniqueKeysWithValues: targets.map(\.node.name).enumerated().map { ($1, $0) })
    result.applied.sort { (positions[$0.layer] ?? 0) < (positions[$1.layer] ?? 0) }
    return result
  }

  /// How many classes the file's layer for the last one with weights has.
  func classes(in layers: [SourceLayer]) -> Int? {
    let sources = layers.filter { !$0.tensors.isEmpty }
    guard let classifier = assign(sources).last ?? nil else { return nil }
    return sources[classifier].tensors.map(\.shape).max { $0.count < $1.count }?.last
  }

  /// For each target, the source that holds its weights.
  private func assign(_ sources: [SourceLayer]) -> [Int?] {
    var assigned = byName(sources)
    assignByNumber(sources, &assigned)
    assignUnnamed(sources, &assigned)
    assignByOrder(sources, &assigned)
    return assigned
  }

  private func duplicates(in sources: [SourceLayer]) -> [String] {
    var seen: Set<String> = []
    return sources.compactMap(\.names.first).filter { !seen.insert($0).inserted }
      .map { "layer '\($0)' occurs twice in the file" }
  }

  private func byName(_ sources: [SourceLayer]) -> [Int?] {
    var positions: [String: Int] = [:]
    for rank in 0..<(sources.map(\.names.count).max() ?? 0) {
      for (index, source) in sources.enumerated() where rank < source.names.count {
        if positions[source.names[rank]] == nil { positions[source.names[rank]] = index }
      }
    }
    let misleading = targets.filter { $0.unnamedClass != nil && positions[$0.node.name] == nil }
      .reduce(into: Set()) { $0.insert($1.unnamedClass) }
    var taken: Set<Int> = []
    return targets.map { target in
      if let unnamed = target.unnamedClass, misleading.contains(unnamed) { return nil }
      let names = [target.node.name] + (mapping.aliases[target.node.name] ?? [])
      guard let index = names.lazy.compactMap({ positions[$0] }).first, taken.insert(index).inserted else {
        return nil
      }
      return index
    }
  }

  private func assignByNumber(_ sources: [SourceLayer], _ assigned: inout [Int?]) {
    var counts: [String: Int] = [:]
    for (position, target) in targets.enumerated() {
      // What was found in another model than the numbered layers' is counted there.
      if let found = assigned[position], sources[found].numbered == nil { continue }
      let className = snakeCase(target.node.layer.className)
      let numbered = NumberedClass(className: className, number: counts[className, default: 0])
      counts[className, default: 0] += 1
      guard assigned[position] == nil else { continue }
      assigned[position] = sources.firstIndex { $0.names.isEmpty && $0.numbered == numbered }
    }
  }

  /// Layers with numbers for names on both sides, each class in its order.
  private func assignUnnamed(_ sources: [SourceLayer], _ assigned: inout [Int?]) {
    let taken = Set(assigned.compactMap { $0 })
    var free: [String: [Int]] = [:]
    for (index, source) in sources.enumerated() where !taken.contains(index) {
      if let name = source.names.first {
        free[NumberedClass(group: name).className, default: []].append(index)
      }
    }
    let open = targets.indices.filter { assigned[$0] == nil && targets[$0].unnamedClass != nil }
    for (className, positions) in Dictionary(grouping: open, by: { targets[$0].unnamedClass ?? "" }) {
      // Keras 3 lists groups by their names; there the number has the order.
      let found = unnamedSpellings(of: className).compactMap { free[$0] }.first {
        $0.count >= positions.count
      }
      let ordered = found?.sorted {
        (sources[$0].numbered?.number ?? $0) < (sources[$1].numbered?.number ?? $1)
      }
      for (position, index) in zip(positions, ordered ?? []) { assigned[position] = index }
    }
  }

  /// What Keras has called layers of a class that nobody named, without the number: today, in TensorFlow 1, in Keras 1.
  private func unnamedSpellings(of className: String) -> [String] {
    let first = className.replacing("_", with: "")
    return [className, className + "_v1", first, first.replacing("conv2d", with: "convolution2d")]
  }

  /// What is left over on both sides, one after the other, as long as it stays between neighbours that are
  /// certain. A lone last layer is not taken: a head of one's own is not the base's top.
  private func assignByOrder(_ sources: [SourceLayer], _ assigned: inout [Int?]) {
    let taken = Set(assigned.compactMap { $0 })
    var free = sources.indices.filter { !taken.contains($0) }[...]
    let open = assigned.indices.filter { assigned[$0] == nil }
    guard open.count <= free.count, open != [assigned.count - 1] else { return }
    for position in open {
      let lower = assigned[..<position].last { $0 != nil } ?? nil
      let upper = assigned[position...].first { $0 != nil } ?? nil
      while let next = free.first, next < lower ?? -1 { free.removeFirst() }
      guard let next = free.first, next < upper ?? sources.count else { continue }
      assigned[position] = next
      free.removeFirst()
    }
  }

  private func noteUnused(_ sources: [SourceLayer], _ assigned: [Int?], into result: inout WeightMatch) {
    let used = Set(assigned.compactMap { $0 })
    // Where layers are numbered, they are sorted by class: only the number tells what comes before and behind.
    let numbers = Dictionary(grouping: used.compactMap { sources[$0].numbered }, by: \.className)
      .mapValues { $0.map(\.number) }
    for (index, source) in sources.enumerated() where !used.contains(index) {
      let place = source.numbered?.number ?? index
      let places = source.numbered.map { numbers[$0.className] ?? [] } ?? Array(used)
      if place < places.max() ?? -1 {
        let names = result.problems.isEmpty ? targets.map(\.node.name) : []
        let near = nearestNames(to: source.name, amongst: names)
        result.problems.append(
          "the file's layer '\(source.name)' has no place in the network"
            + (near.isEmpty ? "" : ", nearest there: \(near.joined(separator: ", "))"))
      } else {
        result.unused += source.tensors.map { .init(sourceLayer: source.name, tensor: $0) }
      }
    }
  }
}

extension ResolvedGraph.Entry {
  /// The class in snake case, if the layer's name is just that and a number.
  fileprivate var unnamedClass: String? {
    let className = snakeCase(node.layer.className)
    return NumberedClass(group: node.name).className == className ? className : nil
  }
}

/// Keras' `to_snake_case`: `DepthwiseConv2D` becomes `depthwise_conv2d`, `ReLU` becomes `re_lu`.
package func snakeCase(_ name: String) -> String {
  let letters = Array(name)
  var result = ""
  for (index, letter) in letters.enumerated() {
    let next = index + 1 < letters.count ? letters[index + 1] : nil
    let startsWord = letter.isUppercase && index > 0 && next?.isLowercase == true
    let followsLower = letter.isUppercase && index > 0 && letters[index - 1].isLowercase
    if startsWord || followsLower { result += "_" }
    result += letter.lowercased()
  }
  return result
}
