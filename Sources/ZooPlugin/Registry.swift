import CZooPlugin
import Glibc
import ZooGraph
import ZooSystem

/// All plugins that were found, and their bases.
public struct Registry: Sendable {
  /// A plugin that is not used, and why.
  public struct Rejection: Sendable, Equatable {
    /// The shared library, or the family's name for a linked-in plugin.
    public let path: String
    /// One line for people.
    public let reason: String
    /// Whether the user named the place explicitly, rather than it being searched by default.
    public let explicit: Bool
  }

  /// Sorted by family.
  public let plugins: [LoadedPlugin]
  /// Plugins that are not used.
  public let rejections: [Rejection]

  /// Finds the plugins linked into the program, then those in `paths` (files or folders), then in
  /// `ZOO_PLUGIN_PATH` (colon-separated), then in `$XDG_DATA_HOME/zoo/plugins`, then in `lib/zoo/plugins` of the
  /// folder that the program was installed into. Never in the working folder.
  ///
  /// Does not throw: what cannot be used is in ``rejections``.
  public init(paths: [String] = []) {
    self.init(paths: paths, ambient: Self.ambientPaths(environment, installation: installationFolder))
  }

  package init(paths: [String], ambient: [String]) {
    var found = Collector()
    for record in PluginFiles.linked(zoo_plugin_records) {
      found.add("a linked-in plugin", explicit: true) { () throws(PluginError) in
        [try LoadedPlugin(record, path: nil)]
      }
    }
    for place in paths {
      found.search(place, explicit: true)
    }
    for place in ambient where access(place, F_OK) == 0 {
      found.search(place, explicit: false)
    }
    plugins = found.plugins.sorted { ($0.family, $0.path ?? "") < ($1.family, $1.path ?? "") }
    rejections = found.rejections
  }

  /// All bases, by family, in their plugin's order.
  public var bases: [Base] { plugins.flatMap(\.bases) }

  /// - Throws: `RegistryError` with the nearest names when there is no such base.
  public func base(named name: String) throws(RegistryError) -> Base {
    guard let base = bases.first(where: { $0.name == name }) else {
      throw RegistryError(
        unknown(name, amongst: bases.map(\.name), what: "base").followed(by: "'zoo list' shows all"))
    }
    return base
  }

  /// The network and weight mapping of a variant.
  ///
  /// - Throws: `RegistryError` when the base is unknown or cannot be built at that size or class count.
  public func architecture(of variant: Variant) throws(RegistryError) -> Architecture {
    let base = try base(named: variant.base)
    let sizes = base.minimumInputSize...16_384
    guard sizes.contains(variant.inputSize.height), sizes.contains(variant.inputSize.width) else {
      throw RegistryError(
        "\(base.name): the input must be at least \(base.minimumInputSize)×\(base.minimumInputSize) "
          + "and at most 16384×16384, found \(variant.inputSize)")
    }
    guard (1...1_000_000).contains(variant.classes) else {
      throw RegistryError("\(base.name): the class count must be 1 to 1,000,000, found \(variant.classes)")
    }
    guard let plugin = plugins.first(where: { $0.bases.contains { $0.name == base.name } }) else {
      throw RegistryError("\(base.name): no plugin has it")
    }
    do throws(PluginError) {
      return try plugin.architecture(of: variant)
    } catch {
      throw RegistryError("plugin \(plugin.path ?? plugin.family): \(error)")
    }
  }

  /// Where plugins are looked for without being named, given the environment's variables.
  ///
  /// - Parameter installation: the folder that the program was installed into.
  static func ambientPaths(_ variable: (String) -> String?, installation: String?) -> [String] {
    let listed = variable("ZOO_PLUGIN_PATH").map { $0.split(separator: ":").map(String.init) } ?? []
    return listed + ["\(UserFolder.data.path(variable))/zoo/plugins"]
      + (installation.map { ["\($0)/lib/zoo/plugins"] } ?? [])
  }
}

/// What asking the registry can lead to.
public struct RegistryError: Error, Sendable, Equatable, CustomStringConvertible {
  public var description: String

  init(_ description: String) {
    self.description = description
  }
}

/// Gathers plugins; a base that two claim belongs to the first, and the second is rejected.
private struct Collector {
  var plugins: [LoadedPlugin] = []
  var rejections: [Registry.Rejection] = []
  private var owners: [String: String] = [:]

  mutating func search(_ place: String, explicit: Bool) {
    guard access(place, F_OK) == 0 else {
      rejections.append(.init(path: place, reason: "does not exist", explicit: explicit))
      return
    }
    for file in PluginFiles.candidates(at: place) where !plugins.contains(where: { $0.path == file }) {
      add(file, explicit: explicit) { () throws(PluginError) in try PluginFiles.open(file) }
    }
  }

  mutating func add(_ path: String, explicit: Bool, _ load: () throws(PluginError) -> [LoadedPlugin]) {
    do throws(PluginError) {
      let loaded = try load()
      for plugin in loaded {
        for base in plugin.bases {
          if let owner = owners[base.name] {
            throw PluginError(
              "claims the base '\(base.name)', which \(owner) has already; remove one of them")
          }
        }
      }
      for plugin in loaded {
        for base in plugin.bases { owners[base.name] = plugin.path ?? "the built-in \(plugin.family)" }
      }
      plugins += loaded
    } catch {
      rejections.append(.init(path: path, reason: error.description, explicit: explicit))
    }
  }
}
