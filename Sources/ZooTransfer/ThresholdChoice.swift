import ZooEvaluate
import ZooFile

/// Above which probability a class counts as found, of a model that decides on each by itself.
public enum ThresholdChoice: Sendable, Equatable {
  /// Of each class, by the pictures that are held out.
  case chosen(ThresholdRule)
  /// Of all classes.
  case given(Double)
}

extension TransferTraining {
  /// Chooses the thresholds, where they are to be chosen, by what the network with the best weights says about the
  /// pictures that are held out.
  ///
  /// - Returns: the classes that none or all of these pictures show, whose threshold is ½.
  /// - Throws: `TransferError` where no pictures are held out; else as ``train(checkpoint:report:)``.
  public func chooseThresholds() throws -> [String] {
    guard case .chosen(let rule)? = options.thresholds else { return [] }
    let list = data.validation
    guard !list.items.isEmpty else {
      throw TransferError("thresholds are chosen by pictures that are held out, and there are none")
    }
    var gathering = gathering(pictures: list.items.count)
    gathering.add(list.items, try validationOutputs().probabilities)
    return chooseThresholds(by: rule, gathering, pictures: list.items.count)
  }

  /// - Parameter gathering: what was said about pictures that are held out.
  func chooseThresholds(
    by rule: ThresholdRule, _ gathering: MeasurementGathering, pictures: Int
  ) -> [String] {
    let found = gathering.thresholds(by: rule)
    model.thresholds = DecisionThresholds(
      rule.name, found.map { $0 ?? 0.5 }, pictures: pictures)
    return zip(data.classNames, found).filter { $0.1 == nil }.map(\.0)
  }
}

extension ThresholdRule {
  /// As it is written into files.
  fileprivate var name: DecisionThresholds.Rule {
    switch self {
    case .f1: .f1
    case .youden: .youden
    }
  }
}
