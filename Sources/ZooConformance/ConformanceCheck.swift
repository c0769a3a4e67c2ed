import ZooGraph
import ZooPlugin

/// What a base must fulfil, whoever wrote its plugin. The tests of the bundled families and `zoo plugins check` make
/// the same checks.
public enum ConformanceCheck: String, Sendable, Encodable, CaseIterable {
  /// Each is told by its ``meaning``.
  case facts, parameters, variants, sizes, stages, aliases, layers

  /// What is so where the check is passed, for people.
  public var meaning: String {
    switch self {
    case .facts: "accuracies, addresses and hashes can be true"
    case .parameters: "the numbers of parameters are the graph's, with and without top"
    case .variants: "top, pooling, size and number of classes are honoured"
    case .sizes: "the smallest input works, and smaller ones are refused"
    case .stages: "stages end in smaller and smaller maps, the last one before the top"
    case .aliases: "older names stand for one layer each"
    case .layers: "every layer can be computed"
    }
  }

  /// Checks one base.
  ///
  /// - Parameter registry: it has the base.
  /// - Returns: what was expected and what was found; `nil` where all is well.
  public func failure(of base: Base, in registry: Registry) -> String? {
    let trial = Trial(base: base, registry: registry)
    do {
      switch self {
      case .facts: try trial.facts()
      case .parameters: try trial.parameters()
      case .variants: try trial.variants()
      case .sizes: try trial.sizes()
      case .stages: try trial.stages()
      case .aliases: try trial.aliases()
      case .layers: try trial.layers()
      }
      return nil
    } catch {
      return "\(error)"
    }
  }
}

/// A base under examination.
struct Trial {
  let base: Base
  let registry: Registry

  /// What is not as it should be.
  struct Complaint: Error, CustomStringConvertible {
    let description: String
  }

  func require(_ condition: Bool, _ complaint: @autoclosure () -> String) throws {
    if !condition { throw Complaint(description: complaint()) }
  }

  /// Expects two values to be equal.
  func require<Value: Equatable>(_ found: Value, is expected: Value, _ what: String) throws {
    try require(found == expected, "\(what): expected \(expected), found \(found)")
  }

  func resolved(_ variant: Variant) throws -> ResolvedGraph {
    try registry.architecture(of: variant).graph.resolved()
  }
}
