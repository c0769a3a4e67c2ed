import ZooGraph
import ZooHDF5

/// What is in a file of tensors, whoever wrote it: HDF5, `.keras`, `.zoo`, `.safetensors`, `.npz`, `.npy` or the
/// index of shards. No tensor is read.
public struct Inspection: Sendable {
  /// A tensor in the file.
  public struct Tensor: Sendable, Encodable {
    /// Its name or path.
    public var name: String
    /// From the outermost dimension to the innermost.
    public var shape: [Int]
    /// The type of its values, as the format names it.
    public var type: String
    /// Of its values.
    public var bytes: Int
    /// How the bytes lie in the file: `contiguous`, `chunked 64×64`.
    public var storage: String?
    /// Names of the filters they went through.
    public var filters: [String]?
    /// Why it is not read, if so.
    public var refusal: String?
  }

  /// A named value that belongs to a group or a tensor; to the file itself, `/`.
  public struct Attribute: Sendable {
    /// The group or dataset that has it.
    public var owner: String
    /// The attribute itself.
    public var value: HDF5Attribute
  }

  /// A link that is not followed.
  public struct Refused: Sendable, Encodable {
    /// Where it is.
    public var path: String
    /// Why it is not read.
    public var reason: String
  }

  /// The file's path.
  public var file: String
  /// `hdf5`, `keras`, `zoo`, `safetensors`, `npz`, `npy`, `weights.json`.
  public var format: String
  /// How Keras laid it out, where it did.
  public var layout: KerasLayout?
  /// In bytes.
  public var size: Int
  /// In the file's order.
  public var tensors: [Tensor] = []
  /// Of groups and datasets.
  public var attributes: [Attribute] = []
  /// What is not read, and why.
  public var refused: [Refused] = []
}

extension Inspection: Encodable {
  private enum CodingKeys: String, CodingKey {
    case file, format, layout, size, tensors, attributes, refused
  }

  private struct Name: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  /// Attributes as `{"/": {"keras_version": "2.1.6"}}`.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(file, forKey: .file)
    try container.encode(format, forKey: .format)
    try container.encodeIfPresent(layout, forKey: .layout)
    try container.encode(size, forKey: .size)
    try container.encode(tensors, forKey: .tensors)
    try container.encode(refused, forKey: .refused)
    let byOwner = Dictionary(grouping: attributes, by: \.owner)
    var owners = container.nestedContainer(keyedBy: Name.self, forKey: .attributes)
    for (owner, attributes) in byOwner {
      var values = owners.nestedContainer(keyedBy: Name.self, forKey: Name(stringValue: owner))
      for attribute in attributes {
        try values.encode(AttributeValue(attribute.value), forKey: Name(stringValue: attribute.value.name))
      }
    }
  }
}

/// A scalar alone, more in a list.
private struct AttributeValue: Encodable {
  private let attribute: HDF5Attribute

  init(_ attribute: HDF5Attribute) {
    self.attribute = attribute
  }

  func encode(to encoder: any Encoder) throws {
    switch attribute.value {
    case .strings(let values): try encode(values, to: encoder)
    case .integers(let values): try encode(values, to: encoder)
    case .floats(let values) where values.allSatisfy(\.isFinite): try encode(values, to: encoder)
    case .floats(let values): try encode(values.map(\.description), to: encoder)
    case .other(let type): try encode([type], to: encoder)
    }
  }

  private func encode<Value: Encodable>(_ values: [Value], to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if attribute.shape.isEmpty, let value = values.first {
      try container.encode(value)
    } else {
      try container.encode(values)
    }
  }
}
