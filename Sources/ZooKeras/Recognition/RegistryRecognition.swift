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
    var best: Fit?
    var notes: Set<String> = []
    for (base, includeTop, mayFit) in try candidates() {
      // The others are tried for the nearest, where none fits.
      if best != nil, !mayFit { break }
      let fit: Fit
      do throws(FileError) {
        fit = try self.fit(base, includeTop: includeTop)
      } catch {
        // A plugin that is at fault is no reason to give up on the others' bases.
        guard request.base == nil else { throw error }
        notes.insert("\(base.name) could not be tried: \(error.reason)")
        continue
      }
      if fit.match.fits, fit.match.unused.count < best?.match.unused.count ?? .max {
        best = fit
        if fit.match.unused.isEmpty { break }
      }
      if fit.match.likeness > nearest?.match.likeness ?? .min { nearest = (base, includeTop, fit.match) }
    }
    guard let best else { throw misfit(nearest) }
    var found = try finish(best)
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

  /// A base beside the file.
  private struct Fit {
    var base: Base
    var resolution: Recognition.Resolution
    var variant: Variant
    var graph: ResolvedGraph
    var match: WeightMatch
  }

  /// Matches the file with a base, at the size asked for; where that does not fit, at the base's own.
  private func fit(_ found: Base, includeTop: Bool) throws(FileError) -> Fit {
    // What cannot be built at that size is told at the end.
    if let size = request.inputSize, includeTop,
      let asked = try? fit(found, includeTop: true, inputSize: size), asked.match.fits
    {
      return asked
    }
    return try fit(found, includeTop: includeTop, inputSize: nil)
  }

  /// With a top, the file's last layer tells the class count.
  private func fit(_ found: Base, includeTop: Bool, inputSize: Size2D?) throws(FileError) -> Fit {
    let (base, resolution) = base(like: found)
    var variant = Variant(of: base, includeTop: includeTop, inputSize: inputSize)
    var (graph, matcher) = try build(variant)
    if includeTop, let classes = matcher.classes(in: source.layers), classes != variant.classes,
      (1...1_000_000).contains(classes)
    {
      variant.classes = classes
      (graph, matcher) = try build(variant)
    }
    return Fit(
      base: base, resolution: resolution, variant: variant, graph: graph, match: matcher.match(source.layers))
  }

  private func build(_ variant: Variant) throws(FileError) -> (ResolvedGraph, WeightMatcher) {
    do {
      let architecture = try registry.architecture(of: variant)
      let graph = try architecture.graph.resolved()
      return (graph, WeightMatcher(graph, architecture.mapping))
    } catch {
      throw FileError(path, "\(error)")
    }
  }

  /// Settles what the weights leave open: the size of the pictures, and whether the base was pretrained.
  private func finish(_ best: Fit) throws(FileError) -> Recognition {
    let base = best.base
    var final = best
    if let size = request.inputSize { final.variant.inputSize = size }
    var notes: [String] = []
    if base.differsUntrained == true {
      final.variant.isPretrained = try hasStatistics(best)
      if final.variant.isPretrained {
        notes.append(
          "the weights do not tell whether \(base.name) was made with the published weights, for which Keras puts a "
            + "layer more behind the Normalization, or with weights=None: the first was assumed; --config settles it"
        )
      }
    }
    if !best.variant.includeTop, !best.match.unused.isEmpty, request.inputSize == nil,
      try topDependsOnSize(base)
    {
      notes.append(
        "if the tensors left over are \(base.name)'s classifier for pictures of another size than "
          + "\(final.variant.inputSize), --input-size takes it as well")
    }
    if final.variant != best.variant {
      let (graph, matcher) = try build(final.variant)
      (final.graph, final.match) = (graph, matcher.match(source.layers))
    }
    guard final.match.fits else {
      throw FileError(
        path,
        "fits \(base.name), but not at \(final.variant.inputSize): \(final.match.firstDifference ?? "")",
        advice: "give the size it was made for with --input-size")
    }
    return Recognition(
      graph: final.graph, match: final.match, base: base,
      classifier: final.variant.includeTop ? .base : .none,
      preprocessing: base.preprocessing, preprocessingReason: .base,
      resolution: request.inputSize == nil ? best.resolution : .asked, notes: notes)
  }

  /// Whether the size of the pictures can be seen at the classifier's weights.
  private func topDependsOnSize(_ base: Base) throws(FileError) -> Bool {
    try build(Variant(of: base, includeTop: true)).0.graph.nodes.contains { $0.layer.kind is Flatten }
  }

  /// Whether the Normalization has other statistics than those it begins with, mean 0 and variance 1: published weights
  /// have ImageNet's.
  private func hasStatistics(_ fit: Fit) throws(FileError) -> Bool {
    let layers = Set(fit.graph.graph.nodes.filter { $0.layer.kind is Normalization }.map(\.name))
    for weight in fit.match.applied
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
