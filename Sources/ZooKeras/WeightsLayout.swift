import ZooHDF5
import ZooSystem

/// The layout of Keras 3's `.weights.h5`: `layers/<class>[_n]/vars/0…`, nested models inside one another.
struct WeightsLayout {
  /// One, or several shards that together hold what one would.
  let files: [HDF5File]

  /// Groups that list the layers of a model; Keras 2.12 to 2.14 used the longer name.
  private static let containers = ["layers", "_layer_checkpoint_dependencies"]

  /// `nil` when the file has another layout.
  init?(_ files: [HDF5File]) {
    let isOne = files.contains { file in
      Self.containers.contains { if case .group? = file.root[$0] { true } else { false } }
    }
    guard isOne else { return nil }
    self.files = files
  }

  /// - Throws: `FileError` when a variable is behind a link or otherwise not to be read.
  func layers() throws(FileError) -> [SourceLayer] {
    var found: [Found] = []
    for (index, file) in files.enumerated() {
      try collect(file.root, file: index, container: "", into: &found)
    }
    // A nested base has most of the layers: its container comes first, heads follow. Only its numbers count.
    let sizes = Dictionary(grouping: found, by: \.container).mapValues(\.count)
    let largest = sizes.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
    let (base, heads) = (found.filter { $0.container == largest }, found.filter { $0.container != largest })
    return base.map {
      SourceLayer(
        names: $0.name.map { [$0] } ?? [], numbered: $0.numbered, tensors: $0.tensors, path: $0.path)
    }
      + heads.map { SourceLayer(names: [$0.name ?? $0.path], tensors: $0.tensors, path: $0.path) }
  }

  private struct Found {
    var container: String
    var numbered: NumberedClass
    var name: String?
    var tensors: [SourceTensor]

    var path: String { "\(container)/\(numbered)" }
  }

  private func collect(
    _ group: HDF5Group, file: Int, container: String, into found: inout [Found]
  ) throws(FileError) {
    for name in Self.containers {
      guard case .group(let layers)? = group[name] else { continue }
      for layer in layers.groups {
        add(try self.layer(layer, file: file, container: container), to: &found)
        let inside = "\(container)/\(layer.name)"
        try collectParts(of: layer, file: file, container: inside, into: &found)
        try collect(layer, file: file, container: inside, into: &found)
      }
    }
  }

  /// Variables of a layer's parts, such as an LSTM's cell. The state of a random generator is nobody's weight.
  private func collectParts(
    of layer: HDF5Group, file: Int, container: String, into found: inout [Found]
  ) throws(FileError) {
    for part in layer.groups where !(Self.containers + ["vars", "seed_generator"]).contains(part.name) {
      var variables = try self.layer(part, file: file, container: container)
      // Parts of different layers have the same names; their paths tell them apart.
      variables?.name = nil
      add(variables, to: &found)
      try collectParts(of: part, file: file, container: "\(container)/\(part.name)", into: &found)
    }
  }

  private func add(_ layer: Found?, to found: inout [Found]) {
    guard let one = layer else { return }
    // Each shard may hold some of a layer's variables.
    if let known = found.firstIndex(where: { $0.container == one.container && $0.numbered == one.numbered }) {
      found[known].tensors += one.tensors
    } else {
      found.append(one)
    }
  }

  /// A layer with variables of its own.
  private func layer(_ group: HDF5Group, file: Int, container: String) throws(FileError) -> Found? {
    guard let link = group["vars"] else { return nil }
    guard case .group(let vars) = link else { throw unreadable(link, file) }
    var tensors: [(number: Int, tensor: SourceTensor)] = []
    for link in vars.links {
      guard case .dataset(let dataset) = link else { throw unreadable(link, file) }
      guard let number = Int(dataset.name) else { continue }
      if let reason = dataset.refusal {
        throw FileError(
          files[file].path, "variable '\(dataset.path)' is not read: \(reason)",
          advice: "save it again with Keras, as plain datasets")
      }
      tensors.append((number, SourceTensor(String(dataset.path.dropFirst()), file: file, dataset: dataset)))
    }
    guard !tensors.isEmpty else { return nil }
    return Found(
      container: container, numbered: NumberedClass(group: group.name),
      name: vars.attribute("name")?.string,
      tensors: tensors.sorted { $0.number < $1.number }.map(\.tensor))
  }

  private func unreadable(_ link: HDF5Link, _ file: Int) -> FileError {
    guard case .refused(let path, let reason) = link else {
      return FileError(
        files[file].path, "'\(link.path)' is not what a Keras weights file has there", advice: saveAgain)
    }
    return FileError(files[file].path, "'\(path)' is not read: \(reason)", advice: saveAgain)
  }
}

extension NumberedClass: CustomStringConvertible {
  public var description: String { number == 0 ? className : "\(className)_\(number)" }

  /// `conv2d_3`, or `conv2d` for the first. (`conv2d` ends in a digit but not after an underscore.)
  init(group: String) {
    let parts = group.split(separator: "_")
    if parts.count > 1, let last = parts.last, let number = Int(last) {
      self.init(className: parts.dropLast().joined(separator: "_"), number: number)
    } else {
      self.init(className: group, number: 0)
    }
  }
}
