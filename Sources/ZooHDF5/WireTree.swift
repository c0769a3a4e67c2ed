import ZooGraph
import ZooHelper

extension HDF5Attribute {
  package func write(to out: inout WireWriter) {
    out.put(name)
    out.put(shape) { $0.put($1) }
    out.put(isVariableLength)
    switch value {
    case .strings(let values):
      out.put(0)
      out.put(values) { $0.put($1) }
    case .integers(let values):
      out.put(1)
      out.put(values) { $0.put(Int($1)) }
    case .floats(let values):
      out.put(2)
      out.put(values) { $0.put($1.bitPattern) }
    case .other(let description):
      out.put(3)
      out.put(description)
    }
  }

  package init(from wire: inout WireReader) throws(WireError) {
    name = try wire.string()
    shape = try wire.list { wire throws(WireError) in try wire.int() }
    isVariableLength = try wire.bool()
    switch try wire.int() {
    case 0: value = .strings(try wire.list { wire throws(WireError) in try wire.string() })
    case 1: value = .integers(try wire.list { wire throws(WireError) in Int64(try wire.int()) })
    case 2:
      value = .floats(try wire.list { wire throws(WireError) in Double(bitPattern: try wire.word()) })
    case 3: value = .other(try wire.string())
    default: throw WireError("an attribute is of no known kind")
    }
    if case .other = value { return }
    guard PiecePlan.byteCount(shape: shape, elementSize: 1) == value.count else {
      throw WireError("the attribute '\(name)' does not have the elements of its shape")
    }
  }
}

extension HDF5Type {
  package func write(to out: inout WireWriter) {
    switch self {
    case .number(let type):
      out.put(0)
      out.put(type.rawValue)
    case .text(let byteCount):
      out.put(1)
      out.put(byteCount)
    case .unsupported(let description):
      out.put(2)
      out.put(description)
    }
  }

  package init(from wire: inout WireReader) throws(WireError) {
    switch try wire.int() {
    case 0:
      guard let type = ElementType(rawValue: try wire.string()) else {
        throw WireError("a type is not known")
      }
      self = .number(type)
    case 1: self = .text(byteCount: try wire.int())
    case 2: self = .unsupported(try wire.string())
    default: throw WireError("a type is of no known kind")
    }
  }
}

extension HDF5Dataset {
  package func write(to out: inout WireWriter) {
    out.put(path)
    out.put(attributes) { $1.write(to: &$0) }
    type.write(to: &out)
    out.put(shape) { $0.put($1) }
    out.put(isBigEndian)
    switch storage {
    case .contiguous(let offset, let byteCount): [0, offset, byteCount].forEach { out.put($0) }
    case .chunked(let chunk):
      out.put(1)
      out.put(chunk) { $0.put($1) }
    case .compact: out.put(2)
    case .other: out.put(3)
    }
    out.put(filters) { $0.put($1) }
    out.put(refusal ?? "")
    out.put(index)
  }

  package init(from wire: inout WireReader, fileSize: Int) throws(WireError) {
    path = try wire.string()
    attributes = try wire.list { wire throws(WireError) in try HDF5Attribute(from: &wire) }
    type = try HDF5Type(from: &wire)
    shape = try wire.list { wire throws(WireError) in try wire.int() }
    isBigEndian = try wire.bool()
    switch try wire.int() {
    case 0: storage = .contiguous(offset: try wire.int(), byteCount: try wire.int())
    case 1: storage = .chunked(try wire.list { wire throws(WireError) in try wire.int() })
    case 2: storage = .compact
    case 3: storage = .other
    default: throw WireError("a dataset is stored in no known way")
    }
    filters = try wire.list { wire throws(WireError) in try wire.string() }
    let refusal = try wire.string()
    self.refusal = refusal.isEmpty ? nil : refusal
    index = try wire.int()
    guard self.refusal != nil || isPlausible(fileSize: fileSize) else {
      throw WireError("the dataset '\(path)' does not fit into the file")
    }
  }

  private func isPlausible(fileSize: Int) -> Bool {
    guard index >= 0, PiecePlan(shape: shape, elementSize: type.size) != nil else { return false }
    guard case .contiguous(let offset, let count) = storage, byteCount > 0 else { return true }
    return count == byteCount && offset >= 0 && offset <= fileSize && count <= fileSize - offset
  }
}

extension HDF5Group {
  package func write(to out: inout WireWriter) {
    out.put(path)
    out.put(attributes) { $1.write(to: &$0) }
    out.put(links) { out, link in
      switch link {
      case .group(let group):
        out.put(0)
        group.write(to: &out)
      case .dataset(let dataset):
        out.put(1)
        dataset.write(to: &out)
      case .refused(let path, let reason):
        out.put(2)
        out.put(path)
        out.put(reason)
      }
    }
  }

  package init(from wire: inout WireReader, fileSize: Int, depth: Int = 0) throws(WireError) {
    guard depth <= Wire.maximumDepth else { throw WireError("groups are nested too deeply") }
    let path = try wire.string()
    let attributes = try wire.list { wire throws(WireError) in try HDF5Attribute(from: &wire) }
    let links = try wire.list { wire throws(WireError) -> HDF5Link in
      switch try wire.int() {
      case 0: .group(try HDF5Group(from: &wire, fileSize: fileSize, depth: depth + 1))
      case 1: .dataset(try HDF5Dataset(from: &wire, fileSize: fileSize))
      case 2: .refused(path: try wire.string(), reason: try wire.string())
      default: throw WireError("a link is of no known kind")
      }
    }
    self.init(path: path, attributes: attributes, links: links)
  }
}
