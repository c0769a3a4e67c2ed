@preconcurrency import CHDF5
import Glibc
import ZooHDF5
import ZooHelper

/// Reads attributes, within limits on their sizes.
struct AttributeReader {
  /// The largest attribute, in bytes.
  private static let limit = 16 << 20
  /// Bytes of all attributes that may still be read.
  private var budget = Wire.maximumPayload / 2
  private let types: TypeTable

  init(types: TypeTable) { self.types = types }

  /// All attributes of a group or dataset; those that cannot be read say why instead of a value.
  mutating func attributes(of object: hid_t, inCreationOrder: Bool) throws(LibraryError) -> [HDF5Attribute] {
    let names = try names(of: object, inCreationOrder: inCreationOrder)
    return names.map { name in
      let label = String(decoding: name.dropLast(), as: UTF8.self)
      do throws(LibraryError) {
        return try attribute(name, label, of: object)
      } catch {
        return HDF5Attribute(label, .other(error.reason), shape: [])
      }
    }
  }

  private mutating func names(of object: hid_t, inCreationOrder: Bool) throws(LibraryError) -> [[UInt8]] {
    var list = NameList(room: budget)
    let order = inCreationOrder ? H5_INDEX_CRT_ORDER : H5_INDEX_NAME
    let status = withUnsafeMutablePointer(to: &list) { list in
      H5Aiterate2(
        object, order, H5_ITER_INC, nil,
        { _, name, _, target in
          guard let name, let list = target?.assumingMemoryBound(to: NameList.self) else { return -1 }
          return list.pointee.append(name)
        }, list)
    }
    try list.check()
    try check(status)
    budget -= list.byteCount
    return list.names
  }

  private mutating func attribute(
    _ name: [UInt8], _ label: String, of object: hid_t
  ) throws(LibraryError) -> HDF5Attribute {
    let attribute = try Handle(name.withCString { H5Aopen(object, $0, hid_t(H5P_DEFAULT)) })
    let type = try Handle(H5Aget_type(attribute.id))
    let space = try Handle(H5Aget_space(attribute.id))
    let shape = try Dataspace.shape(of: space.id) ?? [0]
    let count = try spend(shape: shape, elementSize: max(16, H5Tget_size(type.id)))
    let isVariable = H5Tis_variable_str(type.id) > 0
    let value = try value(of: attribute.id, type: type.id, space: space.id, count: count)
    if case .other = value { return HDF5Attribute(label, value, shape: []) }
    return HDF5Attribute(label, value, shape: shape, isVariableLength: isVariable)
  }

  /// Takes what an attribute needs from the budget.
  ///
  /// - Returns: its elements.
  private mutating func spend(shape: [Int], elementSize: Int) throws(LibraryError) -> Int {
    guard let count = PiecePlan.byteCount(shape: shape, elementSize: 1),
      let bytes = PiecePlan.byteCount(shape: shape, elementSize: elementSize), bytes <= Self.limit
    else { throw LibraryError("more than \(Self.limit >> 20) MiB") }
    guard bytes <= budget else { throw LibraryError("the attributes have too many bytes together") }
    budget -= bytes
    return count
  }

  private mutating func value(
    of attribute: hid_t, type: hid_t, space: hid_t, count: Int
  ) throws(LibraryError) -> HDF5Attribute.Value {
    switch H5Tget_class(type) {
    case H5T_STRING where H5Tis_variable_str(type) > 0:
      return .strings(try variableStrings(attribute, type: type, space: space, count: count))
    case H5T_STRING: return .strings(try fixedStrings(attribute, type: type, count: count))
    case H5T_ENUM where types.isBool(type):
      return .integers(try numbers(attribute, as: type, count: count, Int8.self).map { Int64($0) })
    case H5T_INTEGER where H5Tget_sign(type) == H5T_SGN_NONE:
      let values = try numbers(attribute, as: H5T_NATIVE_UINT64_g, count: count, UInt64.self)
      guard values.allSatisfy({ $0 <= UInt64(Int64.max) }) else { return .other("integers beyond 63 bits") }
      return .integers(values.map { Int64(truncatingIfNeeded: $0) })
    case H5T_INTEGER:
      return .integers(try numbers(attribute, as: H5T_NATIVE_INT64_g, count: count, Int64.self))
    case H5T_FLOAT:
      return .floats(try numbers(attribute, as: H5T_NATIVE_DOUBLE_g, count: count, Double.self))
    default: return .other(TypeTable.name(of: type))
    }
  }

  private func numbers<Number: BitwiseCopyable>(
    _ attribute: hid_t, as type: hid_t, count: Int, _: Number.Type
  ) throws(LibraryError) -> [Number] {
    guard count > 0 else { return [] }
    var status: herr_t = 0
    let values = [Number](unsafeUninitializedCapacity: count) { buffer, initialized in
      status = H5Aread(attribute, type, buffer.baseAddress)
      initialized = status < 0 ? 0 : count
    }
    try check(status)
    return values
  }

  private func fixedStrings(_ attribute: hid_t, type: hid_t, count: Int) throws(LibraryError) -> [String] {
    let width = H5Tget_size(type)
    let bytes = try numbers(attribute, as: type, count: count * width, UInt8.self)
    let padding = H5Tget_strpad(type)
    return (0..<count).map { index in
      let field = bytes[index * width..<(index + 1) * width]
      return switch padding {
      case H5T_STR_NULLTERM: String(decoding: field.prefix { $0 != 0 }, as: UTF8.self)
      case H5T_STR_NULLPAD: String(decoding: field.trimmed(of: 0), as: UTF8.self)
      default: String(decoding: field.trimmed(of: 0x20), as: UTF8.self)
      }
    }
  }

  private mutating func variableStrings(
    _ attribute: hid_t, type: hid_t, space: hid_t, count: Int
  ) throws(LibraryError) -> [String] {
    guard count > 0 else { return [] }
    let memory = try Handle(H5Tcopy(types.variableText))
    try check(H5Tset_cset(memory.id, H5Tget_cset(type)))
    var pointers = [UnsafeMutablePointer<CChar>?](repeating: nil, count: count)
    try check(H5Aread(attribute, memory.id, &pointers))
    defer { H5Dvlen_reclaim(memory.id, space, hid_t(H5P_DEFAULT), &pointers) }
    var strings: [String] = []
    for pointer in pointers {
      guard let pointer else {
        strings.append("")
        continue
      }
      _ = try spend(shape: [strlen(pointer)], elementSize: 1)
      strings.append(String(cString: pointer))
    }
    return strings
  }
}

/// Names collected while libhdf5 walks over links or attributes, up to a number of bytes.
struct NameList {
  private(set) var names: [[UInt8]] = []
  private(set) var byteCount = 0
  private var isFull = false
  private let room: Int

  init(room: Int) { self.room = room }

  /// - Returns: what the callback returns: 0 to go on, else to stop.
  mutating func append(_ name: UnsafePointer<CChar>) -> herr_t {
    let count = strlen(name)
    isFull = count > Wire.maximumName || room - byteCount < count + 64
    if isFull { return 1 }
    byteCount += count + 64
    names.append(UnsafeBufferPointer(start: name, count: count + 1).map(UInt8.init(bitPattern:)))
    return 0
  }

  func check() throws(LibraryError) {
    if isFull { throw LibraryError("names are too long or too many") }
  }
}

extension [UInt8] {
  /// For names, which carry the zero at their end.
  func withCString<Result>(_ body: (UnsafePointer<CChar>?) -> Result) -> Result {
    withUnsafeBytes { body($0.bindMemory(to: CChar.self).baseAddress) }
  }
}

extension ArraySlice<UInt8> {
  func trimmed(of padding: UInt8) -> ArraySlice<UInt8> {
    var rest = self
    while rest.last == padding { rest = rest.dropLast() }
    return rest
  }
}
