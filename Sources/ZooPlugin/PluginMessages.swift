import CZooPlugin
import FoundationEssentials
import Glibc
import ZooGraph

/// The version of the interface between program and plugins; see `zoo_plugin.h`.
public let pluginABI: UInt64 = 1

/// The Swift spelling of `zoo_plugin_record`; a tuple, so that the compiler can lay it out as constant data.
public typealias PluginRecord = (
  abi: UInt64, respond: @convention(c) (UnsafePointer<CChar>?) -> UnsafeMutablePointer<CChar>?
)

/// What the program asks.
enum PluginRequest: Codable, Equatable {
  /// Which bases have you? Answered by a `Catalogue`.
  case bases
  /// The network of a variant. Answered by an `Architecture`.
  case architecture(Variant)
}

/// What a plugin answers.
struct Catalogue: Codable, Equatable {
  var family: String
  var bases: [Base]
}

/// A plugin's refusal.
struct Refusal: Codable, Equatable {
  var error: String
}

/// An answer or a refusal, told apart while the message is read for the only time: graphs are long.
enum PluginReply<Answer: Decodable>: Decodable {
  case answer(Answer)
  case refusal(Refusal)

  init(from decoder: any Decoder) throws {
    if let refusal = try? Refusal(from: decoder) {
      self = .refusal(refusal)
    } else {
      self = .answer(try Answer(from: decoder))
    }
  }
}

/// Answers one request on behalf of `plugin`; called by the plugin's record.
///
/// - Returns: JSON from `malloc`, which the caller frees.
public func respond(
  to request: UnsafePointer<CChar>?, as plugin: some ArchitecturePlugin
) -> UnsafeMutablePointer<CChar>? {
  guard let request else { return nil }
  let encoder = JSONEncoder()
  let answer: Data?
  do {
    switch try JSONDecoder().decode(PluginRequest.self, from: Data(String(cString: request).utf8)) {
    case .bases:
      answer = try encoder.encode(Catalogue(family: plugin.family, bases: plugin.bases))
    case .architecture(let variant):
      let graph = try plugin.graph(of: variant)
      answer = try encoder.encode(Architecture(graph: graph, mapping: plugin.mapping(of: variant)))
    }
  } catch {
    answer = try? encoder.encode(Refusal(error: "\(error)"))
  }
  return answer.flatMap { strdup(String(decoding: $0, as: UTF8.self)) }
}
