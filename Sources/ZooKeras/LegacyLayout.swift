import ZooFile
import ZooHDF5
import ZooSystem

/// The layout of Keras 1 and 2, still written for `.h5`: a group per layer, listed by attributes.
///
/// Follows the attributes `layer_names` and `weight_names`, never the groups: stale groups may be left over.
struct LegacyLayout {
  let file: HDF5File
  /// The root, or `model_weights` of a whole model.
  let root: HDF5Group

  /// `nil` when the file has another layout.
  init?(_ file: HDF5File) {
    self.file = file
    if case .group(let group)? = file.root["model_weights"], Self.hasNames(group) {
      root = group
    } else if Self.hasNames(file.root) {
      root = file.root
    } else {
      return nil
    }
  }

  private static func hasNames(_ group: HDF5Group) -> Bool {
    group.attribute("layer_names") != nil || group.attribute("layer_names0") != nil
  }

  var layout: KerasLayout {
    root.path == "/" && file.root.attribute("model_config") == nil ? .legacyWeights : .legacyModel
  }

  /// - Throws: `FileError` when the attributes name what is not there.
  func source() throws(FileError) -> KerasSource {
    var layers: [SourceLayer] = []
    var groups: [SourceGroup] = []
    var listing: [SourceLayerNames] = []
    var seen: Set<String> = []
    for name in try names("layer_names", of: root) {
      guard seen.insert(name).inserted else {
        throw FileError(file.path, "layer '\(name)' is listed twice in 'layer_names'", advice: saveAgain)
      }
      guard let link = root[name] else {
        throw FileError(
          file.path, "layer '\(name)' is listed in 'layer_names' but is not there",
          advice: "the file is incomplete: save or download it again")
      }
      guard case .group(let group) = link else { throw unreadable(link) }
      let weights = try names("weight_names", of: group)
      listing.append(SourceLayerNames(name: name, weights: weights))
      let tensors = try self.tensors(in: group, named: name, weights)
      groups.append(SourceGroup(name: name, tensors: tensors))
      layers += self.layers(of: tensors, named: name)
    }
    return KerasSource(
      layers: layers, groups: groups, layout: layout,
      kerasVersion: text("keras_version"), backend: text("backend"), modelConfig: try configuration(),
      listing: listing, files: [file])
  }

  private func tensors(
    in group: HDF5Group, named name: String, _ weights: [String]
  ) throws(FileError) -> [SourceTensor] {
    var tensors: [SourceTensor] = []
    var seen: Set<String> = []
    for weight in weights {
      guard seen.insert(weight).inserted else {
        throw FileError(file.path, "layer '\(name)': weight '\(weight)' is listed twice", advice: saveAgain)
      }
      guard let link = group[weight] else {
        throw FileError(
          file.path, "layer '\(name)': weight '\(weight)' is listed in 'weight_names' but is not there",
          advice: "the file is incomplete: save or download it again")
      }
      guard case .dataset(let dataset) = link else { throw unreadable(link) }
      if let reason = dataset.refusal {
        throw FileError(
          file.path, "layer '\(name)': weight '\(weight)' is not read: \(reason)",
          advice: "save it again with Keras, as plain datasets")
      }
      tensors.append(SourceTensor(weight, file: 0, dataset: dataset))
    }
    return tensors
  }

  /// An ordinary layer is one; a nested model holds tensors of many, told apart by their names' prefixes.
  private func layers(of all: [SourceTensor], named name: String) -> [SourceLayer] {
    var prefixes: [String] = []
    var tensors: [String: [SourceTensor]] = [:]
    for tensor in all {
      let prefix = tensor.name.lastIndex(of: "/").map { String(tensor.name[..<$0]) } ?? ""
      if tensors[prefix] == nil { prefixes.append(prefix) }
      tensors[prefix, default: []].append(tensor)
    }
    if prefixes.count <= 1 {
      let tensors = prefixes.first.flatMap { tensors[$0] } ?? []
      return [SourceLayer(names: [name] + prefixes.filter { !$0.isEmpty && $0 != name }, tensors: tensors)]
    }
    return prefixes.map { prefix in
      SourceLayer(names: Self.nestedNames(prefix), tensors: tensors[prefix] ?? [], container: name)
    }
  }

  /// `model/conv1` may be the layer `model/conv1`, or `conv1` inside `model`.
  private static func nestedNames(_ prefix: String) -> [String] {
    let parts = prefix.split(separator: "/")
    return parts.indices.map { parts[$0...].joined(separator: "/") }
  }

  /// The strings of an attribute; beyond 64 KiB Keras splits it: `layer_names0`, `layer_names1`, ….
  private func names(_ attribute: String, of group: HDF5Group) throws(FileError) -> [String] {
    if let whole = group.attribute(attribute) {
      return try strings(whole, of: group)
    }
    var result: [String] = []
    var piece = 0
    while let part = group.attribute("\(attribute)\(piece)") {
      result += try strings(part, of: group)
      piece += 1
    }
    guard piece > 0 else {
      throw FileError(
        file.path, "group '\(group.path)' lacks the attribute '\(attribute)'", advice: saveAgain)
    }
    return result
  }

  private func strings(_ attribute: HDF5Attribute, of group: HDF5Group) throws(FileError) -> [String] {
    guard let strings = attribute.strings else {
      throw FileError(
        file.path, "the attribute '\(attribute.name)' of '\(group.path)' does not hold names",
        advice: saveAgain)
    }
    return strings
  }

  private func configuration() throws(FileError) -> String? {
    guard let attribute = file.root.attribute("model_config") else { return nil }
    if let text = attribute.string { return text }
    var reason = "it is no text"
    if case .other(let description) = attribute.value { reason = description }
    throw FileError(
      file.path, "its configuration, the attribute 'model_config', is not read: \(reason)", advice: saveAgain)
  }

  private func text(_ name: String) -> String? {
    (root.attribute(name) ?? file.root.attribute(name))?.string
  }

  private func unreadable(_ link: HDF5Link) -> FileError {
    if case .refused(let path, let reason) = link {
      return FileError(file.path, "'\(path)' is not read: \(reason)", advice: saveAgain)
    }
    return FileError(
      file.path, "'\(link.path)' is not what 'layer_names' and 'weight_names' say it is", advice: saveAgain)
  }
}

/// What to do about a file that is not as Keras leaves one.
let saveAgain = "save it again with Keras, or download it again"
