@preconcurrency import CHDF5
import ZooGraph
import ZooHDF5

/// Element types in libhdf5's terms.
struct TypeTable {
  private struct Entry {
    let type: ElementType
    let little: hid_t
    let big: hid_t
  }

  private let entries: [Entry]
  /// Strings of any length.
  let variableText: hid_t
  /// NumPy's booleans as h5py stores them.
  let bool: hid_t

  init() throws(LibraryError) {
    let half = try Self.float(bits: 16, exponent: 5)
    let brain = try Self.float(bits: 16, exponent: 8)
    entries = [
      Entry(type: .float32, little: H5T_IEEE_F32LE_g, big: H5T_IEEE_F32BE_g),
      Entry(type: .float64, little: H5T_IEEE_F64LE_g, big: H5T_IEEE_F64BE_g),
      Entry(type: .float16, little: half, big: try Self.bigEndian(half)),
      Entry(type: .bfloat16, little: brain, big: try Self.bigEndian(brain)),
      Entry(type: .int8, little: H5T_STD_I8LE_g, big: H5T_STD_I8BE_g),
      Entry(type: .int16, little: H5T_STD_I16LE_g, big: H5T_STD_I16BE_g),
      Entry(type: .int32, little: H5T_STD_I32LE_g, big: H5T_STD_I32BE_g),
      Entry(type: .int64, little: H5T_STD_I64LE_g, big: H5T_STD_I64BE_g),
      Entry(type: .uint8, little: H5T_STD_U8LE_g, big: H5T_STD_U8BE_g),
      Entry(type: .uint16, little: H5T_STD_U16LE_g, big: H5T_STD_U16BE_g),
      Entry(type: .uint32, little: H5T_STD_U32LE_g, big: H5T_STD_U32BE_g),
      Entry(type: .uint64, little: H5T_STD_U64LE_g, big: H5T_STD_U64BE_g),
    ]
    variableText = try check(H5Tcopy(H5T_C_S1_g))
    let anyLength = Int(bitPattern: UInt.max)  // H5T_VARIABLE
    try check(H5Tset_size(variableText, anyLength))
    bool = try check(H5Tenum_create(H5T_STD_I8LE_g))
    for (name, value) in [("FALSE", Int8(0)), ("TRUE", 1)] {
      try check(withUnsafePointer(to: value) { H5Tenum_insert(bool, name, $0) })
    }
  }

  /// IEEE 754's layout: sign, exponent, mantissa with a hidden leading one.
  private static func float(bits: Int, exponent: Int) throws(LibraryError) -> hid_t {
    let type = try check(H5Tcopy(H5T_IEEE_F32LE_g))
    let mantissa = bits - 1 - exponent
    try check(H5Tset_fields(type, bits - 1, mantissa, exponent, 0, mantissa))
    try check(H5Tset_size(type, bits / 8))
    try check(H5Tset_ebias(type, 1 << (exponent - 1) - 1))
    return type
  }

  private static func bigEndian(_ type: hid_t) throws(LibraryError) -> hid_t {
    let copy = try check(H5Tcopy(type))
    try check(H5Tset_order(copy, H5T_ORDER_BE))
    return copy
  }

  /// What a type of a file is here, and whether its bytes come most significant first.
  func describe(_ type: hid_t) throws(LibraryError) -> (type: HDF5Type, isBigEndian: Bool) {
    let size = H5Tget_size(type)
    switch H5Tget_class(type) {
    case H5T_INTEGER, H5T_FLOAT:
      for entry in entries {
        if H5Tequal(type, entry.little) > 0 { return (.number(entry.type), false) }
        if H5Tequal(type, entry.big) > 0 { return (.number(entry.type), true) }
      }
      return (.unsupported(Self.name(of: type)), false)
    case H5T_ENUM where isBool(type): return (.number(.bool), false)
    // Keras has no other use for opaque data, and h5py no other way to store bfloat16.
    case H5T_OPAQUE where size == 2: return (.number(.bfloat16), false)
    case H5T_STRING where H5Tis_variable_str(type) == 0: return (.text(byteCount: size), false)
    default: return (.unsupported(Self.name(of: type)), false)
    }
  }

  /// The type in memory that gives the bytes as the parent expects them.
  func memoryType(of type: hid_t) throws(LibraryError) -> Handle {
    for entry in entries where H5Tequal(type, entry.big) > 0 { return try Handle(H5Tcopy(entry.little)) }
    return try Handle(H5Tcopy(type))
  }

  /// The type in which the writer stores elements.
  func fileType(_ type: HDF5Type) throws(LibraryError) -> Handle {
    switch type {
    case .number(.bool): return try Handle(H5Tcopy(bool))
    case .number(.bfloat16):
      let opaque = try Handle(H5Tcreate(H5T_OPAQUE, 2))
      try check(H5Tset_tag(opaque.id, ""))
      return opaque
    case .number(let number):
      for entry in entries where entry.type == number { return try Handle(H5Tcopy(entry.little)) }
      throw LibraryError("there is no type \(number)")
    case .text(let byteCount): return try text(byteCount: byteCount, isASCII: false)
    case .unsupported(let name): throw LibraryError("a type \(name) cannot be written")
    }
  }

  /// Text of one length, filled up with zeros.
  func text(byteCount: Int, isASCII: Bool) throws(LibraryError) -> Handle {
    let type = try Handle(H5Tcopy(H5T_C_S1_g))
    try check(H5Tset_size(type.id, byteCount))
    try check(H5Tset_strpad(type.id, H5T_STR_NULLPAD))
    try check(H5Tset_cset(type.id, isASCII ? H5T_CSET_ASCII : H5T_CSET_UTF8))
    return type
  }

  func isBool(_ type: hid_t) -> Bool { H5Tget_size(type) == 1 && H5Tequal(type, bool) > 0 }

  static func name(of type: hid_t) -> String {
    let bits = H5Tget_size(type) * 8
    return switch H5Tget_class(type) {
    case H5T_INTEGER: "integer of \(bits) bits"
    case H5T_FLOAT: "float of \(bits) bits"
    case H5T_STRING: H5Tis_variable_str(type) > 0 ? "text of any length" : "text"
    case H5T_BITFIELD: "bit field"
    case H5T_OPAQUE: "opaque data of \(bits / 8) bytes"
    case H5T_COMPOUND: "compound"
    case H5T_REFERENCE: "reference"
    case H5T_ENUM: "enumeration"
    case H5T_VLEN: "list of any length"
    case H5T_ARRAY: "array"
    default: "unknown type"
    }
  }
}
