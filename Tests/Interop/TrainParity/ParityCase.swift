import FoundationEssentials
import ZooSystem
import ZooTrain

/// What is to be trained, and how.
struct ParityCase: Codable {
  var base: String
  var size: Int
  var classes: Int
  /// As a user writes it: `head`, `conv5`, `all`.
  var unfreeze: String
  var trainsBatchNormalization: Bool
  var batch: Int
  var steps: Int
  var learningRate: Double
  var optimizer: Optimizer
  var labelSmoothing: Double?
  var threads: Int?

  struct Optimizer: Codable {
    var name: String
    var momentum: Double?
    var nesterov: Bool?
    var centered: Bool?
    var weightDecay: Double?
    var clipValue: Double?
    var clipNorm: Double?
    var globalClipNorm: Double?
  }

  init(path: String) throws {
    let file = try InputFile(path)
    self = try JSONDecoder().decode(ParityCase.self, from: Data(try file.bytes(at: 0, count: file.size)))
  }

  func configuration() throws -> OptimizerConfiguration {
    let momentum = optimizer.momentum ?? 0
    var configuration: OptimizerConfiguration
    switch optimizer.name {
    case "sgd": configuration = .sgd(momentum: momentum, nesterov: optimizer.nesterov ?? false)
    case "adam": configuration = .adam
    case "adamw": configuration = .adamW
    case "rmsprop":
      configuration = .rmsprop
      configuration.rule = .rmsprop(momentum: momentum, centered: optimizer.centered ?? false)
    default: throw TrainError("there is no optimizer '\(optimizer.name)'")
    }
    configuration.learningRate = learningRate
    if let decay = optimizer.weightDecay { configuration.weightDecay = decay }
    if let limit = optimizer.clipValue { configuration.clipping = .value(limit) }
    if let limit = optimizer.clipNorm { configuration.clipping = .norm(limit) }
    if let limit = optimizer.globalClipNorm { configuration.clipping = .globalNorm(limit) }
    return configuration
  }
}
