import ZooGraph

/// The type of the elements of a dataset.
public enum HDF5Type: Sendable, Equatable {
  /// Numbers that are read here.
  case number(ElementType)
  /// Text in fields of this many bytes, filled up with zeros or spaces.
  case text(byteCount: Int)
  /// A type that cannot be read here: what it is, for a person to read.
  case unsupported(String)

  /// Bytes of one element; 0 when unsupported.
  public var size: Int {
    switch self {
    case .number(let type): type.size
    case .text(let byteCount): byteCount
    case .unsupported: 0
    }
  }
}

/// An array in an HDF5 file.
public struct HDF5Dataset: Sendable, Equatable {
  /// How values lie in the file.
  public enum Storage: Sendable, Equatable {
    /// One piece in the file, at this offset in bytes.
    case contiguous(offset: Int, byteCount: Int)
    /// In chunks of this shape.
    case chunked([Int])
    /// Inside the object's header.
    case compact
    /// Kept in a way that is not read here, see `refusal`.
    case other
  }

  /// From the root on, as in `/conv1/conv1/kernel:0`.
  public let path: String
  /// In the file's order.
  public let attributes: [HDF5Attribute]
  /// Of the values.
  public let type: HDF5Type
  /// Empty for a scalar.
  public let shape: [Int]
  /// How the file keeps the numbers. They are read as little-endian in any case.
  public let isBigEndian: Bool
  /// How the values lie in the file.
  public let storage: Storage
  /// Names of the filters in the order in which they were applied.
  public let filters: [String]
  /// Why the dataset may not be read, if so.
  public let refusal: String?
  /// Its number in the helper's listing.
  package let index: Int

  package init(
    path: String, attributes: [HDF5Attribute], type: HDF5Type, shape: [Int], isBigEndian: Bool,
    storage: Storage, filters: [String], refusal: String?, index: Int
  ) {
    self.path = path
    self.attributes = attributes
    self.type = type
    self.shape = shape
    self.isBigEndian = isBigEndian
    self.storage = storage
    self.filters = filters
    self.refusal = refusal
    self.index = index
  }

  /// The last part of its path.
  public var name: String { path.lastComponent }

  /// The type of the numbers, `nil` for text and unsupported types.
  public var elementType: ElementType? {
    if case .number(let type) = type { type } else { nil }
  }

  /// The bytes of all elements as they are read; 0 when `refusal` says that they are not.
  public var byteCount: Int {
    refusal == nil ? PiecePlan.byteCount(shape: shape, elementSize: type.size) ?? 0 : 0
  }

  /// The attribute of that name; `nil` where there is none.
  public func attribute(_ name: String) -> HDF5Attribute? {
    attributes.first { $0.name == name }
  }
}

/// A group: attributes and links to groups and datasets.
public struct HDF5Group: Sendable {
  /// From the root on, as in `/model_weights`; the root is `/`.
  public let path: String
  /// In creation order where the file keeps it, else sorted by name.
  public let attributes: [HDF5Attribute]
  /// In creation order where the file keeps it, else sorted by name.
  public let links: [HDF5Link]
  private let positions: [String: Int]

  package init(path: String, attributes: [HDF5Attribute], links: [HDF5Link]) {
    self.path = path
    self.attributes = attributes
    self.links = links
    positions = Dictionary(
      links.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// The last part of its path.
  public var name: String { path.lastComponent }

  /// The groups directly in it.
  public var groups: [HDF5Group] {
    links.compactMap { if case .group(let group) = $0 { group } else { nil } }
  }

  /// The datasets directly in it.
  public var datasets: [HDF5Dataset] {
    links.compactMap { if case .dataset(let dataset) = $0 { dataset } else { nil } }
  }

  /// The attribute of that name; `nil` where there is none.
  public func attribute(_ name: String) -> HDF5Attribute? {
    attributes.first { $0.name == name }
  }

  /// What is found at a path relative to this group, as in `conv_a/kernel:0`; the refused link where one is
  /// met on the way.
  public subscript(path: String) -> HDF5Link? {
    var group = self
    var found: HDF5Link = .group(self)
    for name in path.split(separator: "/") {
      if case .refused = found { return found }
      guard case .group(let next) = found else { return nil }
      group = next
      guard let position = group.positions[String(name)] else { return nil }
      found = group.links[position]
    }
    return found
  }

  /// All datasets below this group, depth first.
  public var allDatasets: [HDF5Dataset] {
    links.flatMap { link -> [HDF5Dataset] in
      switch link {
      case .group(let group): group.allDatasets
      case .dataset(let dataset): [dataset]
      case .refused: []
      }
    }
  }
}

/// A named entry of a group.
public enum HDF5Link: Sendable {
  /// A group with what is in it.
  case group(HDF5Group)
  /// An array of values.
  case dataset(HDF5Dataset)
  /// A link that is not followed (soft, external, cyclic, …), and why.
  case refused(path: String, reason: String)

  /// From the root.
  public var path: String {
    switch self {
    case .group(let group): group.path
    case .dataset(let dataset): dataset.path
    case .refused(let path, _): path
    }
  }

  /// The last part of its path.
  public var name: String { path.lastComponent }
}

extension String {
  /// What follows the last slash. (The names of links hold none.)
  var lastComponent: String {
    lastIndex(of: "/").map { String(self[index(after: $0)...]) } ?? self
  }
}
