import ZooGraph
import ZooPlugin
import ZooSystem

/// Recognises a file without a configuration by its tensors: those of a known base.
struct RegistryRecognition {
  let registry: Registry
  let source: KerasSource
  let path: String
  let request: ImportRequest

  /// - Throws: `FileError` with the nearest base and the first difference when no base fits.
  func recognize() throws(FileError) -> Recognition {
    var nearest: (base: Base, includeTop: Bool, match: WeightMatch)?
    var best: (base: Base, variant: Variant, match: WeightMatch)?
    var notes: Set<String> = []
    for (base, includeTop, mayFit) in try candidates() {
      // The others are tried for the nearest, where none fits.
      if best != nil, !mayFit { break }
      let (variant, match): (Variant, WeightMatch)
      do throws(FileError) {
        (variant, match) = try fit(base, includeTop: includeTop)
      } catch {
        // A plugin that is at fault is no reason to give up on the others' bases.
        guard request.base == nil else { throw error }
        notes.insert("\(base.name) could not be tried: \(error.reason)")
        continue
      }
      if match.fits, match.unused.count < best?.match.unused.count ?? .max {
        best = (base, variant, match)
        if match.unused.isEmpty { break }
      }
      if match.likeness > nearest?.match.likeness ?? .min { nearest = (base, includeTop, match) }
    }
    guard let best else { throw misfit(nearest) }
    var found = try finish(best.base, best.variant)
    found.notes += notes.sorted()
    return found
  }

  /// Bases to try: one for each set of weights, those with the very number of parameters first, those with more than
  /// the file has last.
  private func candidates() throws(FileError) -> [(base: Base, includeTop: Bool, mayFit: Bool)] {
    let tops = request.includeTop.map { [$0] } ?? [true, false]
    if let name = request.base {
      do throws(RegistryError) {
        let base = try registry.base(named: name)
        return tops.map { (base, $0, true) }
      } catch {
        throw FileError(path, error.description)
      }
    }
    let total = source.parameterCount
    var seen: Set<[String]> = []
    var exact: [(Base, Bool, Bool)] = []
    var others: [(Base, Bool, Bool)] = []
    for base in registry.bases {
      let key = [base.family, "\(base.parameters)", "\(base.parametersWithoutTop)"]
      guard seen.insert(key).inserted else { continue }
      for includeTop in tops {
        if total == (includeTop ? base.parameters : base.parametersWithoutTop) {
          exact.append((base, includeTop, true))
        } else {
          others.append((base, includeTop, base.parametersWithoutTop <= total))
        }
      }
    }
    return exact + others.filter { $0.2 } + others.filter { !$0.2 }
  }

  /// Matches the file with a base. With a top, its last layer tells the class count.
  private func fit(_ base: Base, includeTop: Bool) throws(FileError) -> (Variant, WeightMatch) {
    var variant = Variant(of: base, includeTop: includeTop)
    let (architecture, graph) = try build(variant)
    let matcher = WeightMatcher(graph, architecture.mapping)
    if includeTop, let classes = matcher.classes(in: source.layers), classes != variant.classes,
      (1...1_000_000).contains(classes)
    {
      variant.classes = classes
      return (variant, try match(variant))
    }
    return (variant, matcher.match(source.layers))
  }

  private func match(_ variant: Variant) throws(FileError) -> WeightMatch {
    let (architecture, graph) = try build(variant)
    return WeightMatcher(graph, architecture.mapping).match(source.layers)
  }

  private func build(_ variant: Variant) throws(FileError) -> (Architecture, ResolvedGraph) {
    do {
      let architecture = try registry.architecture(of: variant)
      return (architecture, try architecture.graph.resolved())
    } catch {
      throw FileError(path, "\(error)")
    }
  }

  /// Settles the resolution, which the weights leave open.
  private func finish(_ family: Base, _ fitting: Variant) throws(FileError) -> Recognition {
    let (base, resolution) = base(like: family)
    var variant = Variant(of: base, includeTop: fitting.includeTop, classes: fitting.classes)
    variant.inputSize = request.inputSize ?? Size2D(base.inputSize)
    var notes: [String] = []
    if base.differsUntrained == true {
      variant.isPretrained = try hasStatistics(variant)
      if variant.isPretrained {
        notes.append(
          "the weights do not tell whether \(base.name) was made with the published weights, for which Keras puts a "
            + "layer more behind the Normalization, or with weights=None: the first was assumed; --config settles it"
        )
      }
    }
    let (architecture, graph) = try build(variant)
    let final = WeightMatcher(graph, architecture.mapping).match(source.layers)
    guard final.fits else {
      throw FileError(
        path, "fits \(base.name), but not at \(variant.inputSize): \(final.firstDifference ?? "")",
        advice: "give the size it was made for with --input-size")
    }
    return Recognition(
      graph: graph, match: final, base: base, classifier: variant.includeTop ? .base : .none,
      preprocessing: base.preprocessing, preprocessingReason: .base,
      resolution: request.inputSize == nil ? resolution : .asked, notes: notes)
  }

  /// Whether the Normalization has other statistics than those it begins with, mean 0 and variance 1: published weights
  /// have ImageNet's.
  private func hasStatistics(_ variant: Variant) throws(FileError) -> Bool {
    let (architecture, graph) = try build(variant)
    let layers = Set(graph.graph.nodes.filter { $0.layer.kind is Normalization }.map(\.name))
    for weight in WeightMatcher(graph, architecture.mapping).match(source.layers).applied
    where layers.contains(weight.layer) && weight.spec.role != .counter {
      let initial: Float = weight.spec.role == .mean ? 0 : 1
      if try source.floats(of: weight.tensor).contains(where: { $0 != initial }) { return true }
    }
    return false
  }

  /// Of the bases that share these weights: the one asked for, the one whose published file has this name,
  /// whose size the file's name tells, or the first.
  private func base(like found: Base) -> (Base, Recognition.Resolution) {
    if request.base != nil { return (found, .asked) }
    let alike = registry.bases.filter {
      $0.family == found.family && $0.parameters == found.parameters
        && $0.parametersWithoutTop == found.parametersWithoutTop
    }
    if alike.count == 1 { return (found, .onlyOne) }
    let fileName = path.split(separator: "/").last.map(String.init) ?? path
    if let base = alike.first(where: { $0.published.contains { $0.url.hasSuffix("/" + fileName) } }) {
      return (base, .fileName)
    }
    let numbers = fileName.split { !$0.isNumber }.compactMap { Int($0) }
    if let base = alike.first(where: { numbers.contains($0.inputSize) }) { return (base, .fileName) }
    return (found, .byDefault)
  }

  private func misfit(_ nearest: (base: Base, includeTop: Bool, match: WeightMatch)?) -> FileError {
    guard source.parameterCount > 0, let nearest, let difference = nearest.match.firstDifference else {
      return FileError(path, "holds no layers with weights", advice: "give a file with a network's weights")
    }
    let name = nearest.base.name + (nearest.includeTop ? " with top" : " without top")
    if request.base != nil {
      return FileError(
        path, "does not fit \(name): \(difference)",
        advice: "give a file of that network, or name no base to have it recognised")
    }
    if request.includeTop == true, nearest.match.problems.isEmpty {
      return FileError(
        path, "has no top as \(nearest.base.name) has: \(difference)",
        advice: "leave --include-top out, or give the file with the classifier")
    }
    return FileError(
      path, "is not a network that is known here; nearest is \(name), first difference: \(difference)",
      advice: "'zoo list' shows the known bases; a plugin can add others")
  }
}
