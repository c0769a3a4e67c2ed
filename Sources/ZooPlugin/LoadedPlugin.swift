import CZooPlugin
import FoundationEssentials
import Glibc
import ZooGraph
import ZooSystem

/// A plugin that was found and has answered what bases it has.
public struct LoadedPlugin: Sendable {
  /// Where it was found: a shared library's path, or `nil` when linked into the program.
  public let path: String?
  /// The plugin's name.
  public let family: String
  /// In the plugin's order.
  public let bases: [Base]
  private let respond: @convention(c) (UnsafePointer<CChar>?) -> UnsafeMutablePointer<CChar>?

  /// Answers are bounded, as they may come from anyone.
  private static let maximumAnswer = 64 << 20
  private static let maximumBases = 4_096

  /// - Throws: `PluginError` when the ABI differs or the answer makes no sense.
  init(_ record: zoo_plugin_record, path: String?) throws(PluginError) {
    guard record.abi == pluginABI else {
      throw PluginError(
        "was built for plugin interface \(record.abi), this program has \(pluginABI); build it again "
          + "against this version")
    }
    guard let respond = record.respond else { throw PluginError("its record has no function") }
    self.respond = respond
    self.path = path
    let catalogue: Catalogue = try Self.ask(.bases, respond)
    guard !catalogue.bases.isEmpty, catalogue.bases.count <= Self.maximumBases else {
      throw PluginError("declares \(catalogue.bases.count) bases; 1 to \(Self.maximumBases) are possible")
    }
    for base in catalogue.bases { try Self.check(base) }
    family = catalogue.family.printable
    bases = catalogue.bases
  }

  /// The network and mapping of one of its bases.
  ///
  /// - Throws: `PluginError` when the plugin refuses or its graph is not sound.
  func architecture(of variant: Variant) throws(PluginError) -> Architecture {
    let answer: Architecture = try Self.ask(.architecture(variant), respond)
    do throws(GraphError) {
      let graph = try answer.graph.resolved()
      guard graph.inputShape == variant.inputShape else {
        throw GraphError("takes \(graph.inputShape), asked for was \(variant.inputShape)")
      }
      if let stated = statedParameters(of: variant), stated != graph.parameterCount {
        throw GraphError(
          "states \(stated.grouped) parameters \(variant.includeTop ? "with" : "without") top, but its graph has "
            + "\(graph.parameterCount.grouped); files are found by these numbers: correct them in the plugin")
      }
    } catch {
      throw PluginError("\(variant.base): \(error)")
    }
    return answer
  }

  /// `nil` where they depend on the size or the number of classes.
  private func statedParameters(of variant: Variant) -> Int? {
    guard let base = bases.first(where: { $0.name == variant.base }) else { return nil }
    guard variant.includeTop else { return base.parametersWithoutTop }
    return variant.classes == 1000 && variant.inputSize == Size2D(base.inputSize) ? base.parameters : nil
  }

  private static func ask<Answer: Decodable>(
    _ request: PluginRequest,
    _ respond: @convention(c) (UnsafePointer<CChar>?) -> UnsafeMutablePointer<CChar>?
  ) throws(PluginError) -> Answer {
    guard let question = try? JSONEncoder().encode(request),
      let answer = String(decoding: question, as: UTF8.self).withCString({ respond($0) })
    else { throw PluginError("did not answer") }
    defer { free(answer) }
    let length = strnlen(answer, maximumAnswer + 1)
    guard length <= maximumAnswer else { throw PluginError("answered more than \(maximumAnswer) bytes") }
    let data = Data(bytes: answer, count: length)
    let reply: PluginReply<Answer>
    do {
      reply = try JSONDecoder().decode(PluginReply<Answer>.self, from: data)
    } catch {
      throw PluginError(
        "answered what this program does not understand: \(readable(error)); build it again against this version"
      )
    }
    switch reply {
    case .refusal(let refusal): throw PluginError(refusal.error.printable)
    case .answer(let answer): return answer
    }
  }

  private static func check(_ base: Base) throws(PluginError) {
    let allowed = base.name.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."):
        true
      default: false
      }
    }
    guard allowed, (1...128).contains(base.name.utf8.count) else {
      let shown = String(base.name.prefix(128)).printable
      throw PluginError("the base name '\(shown)' may have up to 128 letters, digits and _ - . only")
    }
    guard base.minimumInputSize >= 1, base.inputSize >= base.minimumInputSize, base.inputSize <= 16_384 else {
      throw PluginError(
        "\(base.name): input size \(base.inputSize) and minimum \(base.minimumInputSize) make no sense")
    }
    guard base.parametersWithoutTop >= 0, base.parameters >= base.parametersWithoutTop else {
      throw PluginError("\(base.name): the parameter counts make no sense")
    }
  }
}

/// Why a plugin is not used.
public struct PluginError: Error, Sendable, Equatable, CustomStringConvertible {
  public var description: String

  init(_ description: String) {
    self.description = description
  }
}

/// The gist of a decoding error in one line.
private func readable(_ error: any Error) -> String {
  func at(_ path: [any CodingKey]) -> String {
    path.isEmpty ? "" : " at \(path.map(\.stringValue).joined(separator: "."))"
  }
  return switch error {
  case DecodingError.keyNotFound(let key, let context):
    "'\(key.stringValue)' is missing\(at(context.codingPath))"
  case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
    "a value of the wrong type\(at(context.codingPath))"
  case DecodingError.dataCorrupted(let context): "\(context.debugDescription)\(at(context.codingPath))"
  default: "\(error)"
  }
}
