import ZooHelper

/// What a new HDF5 file shall hold: groups, their attributes, and datasets whose bytes follow later. Groups
/// on the way to a dataset or another group are added by themselves.
public struct HDF5Contents: Sendable {
  package struct Group: Sendable {
    package var path: String
    package var attributes: [HDF5Attribute]
  }

  package struct Dataset: Sendable {
    package var path: String
    package var type: HDF5Type
    package var shape: [Int]
    package var attributes: [HDF5Attribute]
  }

  /// Of the root.
  public var attributes: [HDF5Attribute]
  package private(set) var groups: [Group] = []
  package private(set) var datasets: [Dataset] = []
  /// Names in the root that lead back to the root.
  package private(set) var rootLinks: [String] = []

  /// An empty root group.
  public init(attributes: [HDF5Attribute] = []) {
    self.attributes = attributes
  }

  /// Adds a group, with all groups on the way to it.
  public mutating func addGroup(_ path: String, attributes: [HDF5Attribute] = []) {
    groups.append(Group(path: path, attributes: attributes))
  }

  /// Adds a dataset, with all groups on the way to it.
  public mutating func addDataset(
    _ path: String, _ type: HDF5Type, shape: [Int], attributes: [HDF5Attribute] = []
  ) {
    datasets.append(Dataset(path: path, type: type, shape: shape, attributes: attributes))
  }

  /// Adds a hard link in the root to the root itself, so that what is at `/x` is also at `/name/x`.
  public mutating func addRootLink(_ name: String) {
    rootLinks.append(name)
  }

  /// The same with every group named, those above others first.
  ///
  /// - Throws: `WireError` when it cannot be written: two things of one name, an impossible name, an
  ///   attribute that is too large.
  package func completed() throws(WireError) -> HDF5Contents {
    var complete = HDF5Contents(attributes: attributes)
    try Self.check(attributes, of: "/")
    var positions: [String: Int] = [:]
    for group in groups {
      try Self.check(group.attributes, of: group.path)
      let components = try Self.components(of: group.path)
      let path = components.joined(separator: "/")
      guard positions[path].map({ complete.groups[$0].attributes.isEmpty }) ?? true else {
        throw WireError("the group '\(path)' is there twice")
      }
      complete.addGroups(components, &positions)
      if let position = positions[path] { complete.groups[position].attributes = group.attributes }
    }
    for dataset in datasets {
      try Self.check(dataset.attributes, of: dataset.path)
      let components = try Self.components(of: dataset.path)
      complete.addGroups(components.dropLast(), &positions)
      var dataset = dataset
      dataset.path = components.joined(separator: "/")
      complete.datasets.append(dataset)
    }
    for link in rootLinks { complete.addRootLink(try Self.components(of: link).joined(separator: "/")) }
    try complete.checkNames(groups: positions)
    return complete
  }

  private mutating func addGroups(_ components: some Collection<String>, _ positions: inout [String: Int]) {
    var path = ""
    for component in components {
      path += path.isEmpty ? component : "/" + component
      if positions[path] == nil {
        positions[path] = groups.count
        addGroup(path)
      }
    }
  }

  private func checkNames(groups: [String: Int]) throws(WireError) {
    var seen: Set<String> = []
    for link in rootLinks {
      guard !link.contains("/"), groups[link] == nil, seen.insert(link).inserted else {
        throw WireError("'\(link)' cannot be the name of a link to the root")
      }
    }
    for dataset in datasets {
      guard groups[dataset.path] == nil, seen.insert(dataset.path).inserted else {
        throw WireError("there are two things named '\(dataset.path)'")
      }
      if case .unsupported(let name) = dataset.type {
        throw WireError("the type '\(name)' of '\(dataset.path)' cannot be written")
      }
      guard dataset.type.size > 0,
        PiecePlan.byteCount(shape: dataset.shape, elementSize: dataset.type.size) != nil
      else { throw WireError("the shape \(dataset.shape) of '\(dataset.path)' is impossible") }
    }
  }

  private static func components(of path: String) throws(WireError) -> [String] {
    let components = path.split(separator: "/").map(String.init)
    guard !components.isEmpty, components.count <= Wire.maximumDepth,
      components.allSatisfy({ $0 != "." && $0.utf8.count <= Wire.maximumName && !$0.utf8.contains(0) })
    else { throw WireError("'\(path)' cannot be a name in an HDF5 file") }
    return components
  }

  private static func check(_ attributes: [HDF5Attribute], of path: String) throws(WireError) {
    var names: Set<String> = []
    for attribute in attributes {
      let name = "the attribute '\(attribute.name)' of '\(path)'"
      guard names.insert(attribute.name).inserted else { throw WireError("\(name) is there twice") }
      guard !attribute.name.isEmpty, attribute.name.utf8.count <= Wire.maximumName,
        !attribute.name.utf8.contains(0)
      else { throw WireError("\(name) has an impossible name") }
      if case .other(let type) = attribute.value {
        throw WireError("\(name) cannot be written: it is of type '\(type)'")
      }
      guard PiecePlan.byteCount(shape: attribute.shape, elementSize: 1) == attribute.value.count else {
        throw WireError("\(name) does not have the elements of its shape")
      }
      guard attribute.byteCount <= HDF5Attribute.maximumByteCount else {
        let limit = HDF5Attribute.maximumByteCount.grouped
        throw WireError("\(name) takes \(attribute.byteCount.grouped) bytes, of which \(limit) fit: split it")
      }
    }
  }
}

extension HDF5Attribute {
  /// What fits into the header of a group or dataset; Keras splits longer lists at the same limit.
  public static let maximumByteCount = 64_512

  /// The bytes that a file needs for the value. (Strings of variable length are kept elsewhere.)
  public var byteCount: Int {
    switch value {
    case .strings(let values): values.count * (isVariableLength ? 16 : fieldWidth)
    case .integers(let values): values.count * 8
    case .floats(let values): values.count * 8
    case .other: 0
    }
  }

  /// The bytes of each string when all have one length.
  package var fieldWidth: Int {
    guard case .strings(let values) = value else { return 0 }
    return max(1, values.map(\.utf8.count).max() ?? 1)
  }
}

extension HDF5Contents {
  package func write(to out: inout WireWriter) {
    out.put(Wire.version)
    out.put(attributes) { $1.write(to: &$0) }
    out.put(groups) { out, group in
      out.put(group.path)
      out.put(group.attributes) { $1.write(to: &$0) }
    }
    out.put(datasets) { out, dataset in
      out.put(dataset.path)
      dataset.type.write(to: &out)
      out.put(dataset.shape) { $0.put($1) }
      out.put(dataset.attributes) { $1.write(to: &$0) }
    }
    out.put(rootLinks) { $0.put($1) }
  }

  package init(from wire: inout WireReader) throws(WireError) {
    try wire.version()
    attributes = try wire.list { wire throws(WireError) in try HDF5Attribute(from: &wire) }
    groups = try wire.list { wire throws(WireError) in
      let path = try wire.string()
      return Group(
        path: path,
        attributes: try wire.list { wire throws(WireError) in try HDF5Attribute(from: &wire) })
    }
    datasets = try wire.list { wire throws(WireError) in
      let path = try wire.string()
      let type = try HDF5Type(from: &wire)
      let shape = try wire.list { wire throws(WireError) in try wire.int() }
      return Dataset(
        path: path, type: type, shape: shape,
        attributes: try wire.list { wire throws(WireError) in try HDF5Attribute(from: &wire) })
    }
    rootLinks = try wire.list { wire throws(WireError) in try wire.string() }
  }
}
