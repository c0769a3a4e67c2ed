@preconcurrency import CHDF5
import Glibc
import ZooHDF5

/// Adds groups, datasets and attributes to a new file. No times are recorded, so that the same contents give
/// the same bytes.
final class FileBuilder {
  let file: Handle
  private let types: TypeTable
  private let linkNames: Handle
  private let attributeNames: Handle
  private let groupCreation: Handle
  private let datasetCreation: Handle

  init(_ path: String) throws(LibraryError) {
    types = try TypeTable()
    linkNames = try Handle(H5Pcreate(H5P_CLS_LINK_CREATE_ID_g))
    attributeNames = try Handle(H5Pcreate(H5P_CLS_ATTRIBUTE_CREATE_ID_g))
    groupCreation = try Handle(H5Pcreate(H5P_CLS_GROUP_CREATE_ID_g))
    datasetCreation = try Handle(H5Pcreate(H5P_CLS_DATASET_CREATE_ID_g))
    try check(H5Pset_char_encoding(linkNames.id, H5T_CSET_UTF8))
    try check(H5Pset_char_encoding(attributeNames.id, H5T_CSET_UTF8))
    try check(H5Pset_obj_track_times(groupCreation.id, false))
    try check(H5Pset_obj_track_times(datasetCreation.id, false))
    // Space is taken at once, so that its place is known, and left for the parent to fill.
    try check(H5Pset_alloc_time(datasetCreation.id, H5D_ALLOC_TIME_EARLY))
    try check(H5Pset_fill_time(datasetCreation.id, H5D_FILL_TIME_NEVER))
    let access = try Handle(H5Pcreate(H5P_CLS_FILE_ACCESS_ID_g))
    try check(H5Pset_file_locking(access.id, false, true))
    // The format that all versions read; libhdf5 2 would take a newer one by itself.
    try check(H5Pset_libver_bounds(access.id, H5F_LIBVER_EARLIEST, H5F_LIBVER_V110))
    let creation = try Handle(H5Pcreate(H5P_CLS_FILE_CREATE_ID_g))
    try check(H5Pset_obj_track_times(creation.id, false))
    let truncate: UInt32 = 2  // H5F_ACC_TRUNC
    file = try Handle(H5Fcreate(path, truncate, creation.id, access.id))
  }

  func add(_ group: HDF5Contents.Group) throws(LibraryError) {
    let handle = try Handle(
      H5Gcreate2(file.id, group.path, linkNames.id, groupCreation.id, hid_t(H5P_DEFAULT)))
    try addAttributes(group.attributes, to: handle.id)
  }

  /// Another name, in the root, of the root itself.
  func addRootLink(_ name: String) throws(LibraryError) {
    try check(H5Lcreate_hard(file.id, "/", file.id, name, linkNames.id, hid_t(H5P_DEFAULT)))
  }

  /// - Returns: the place of its bytes.
  func add(_ dataset: HDF5Contents.Dataset) throws(LibraryError) -> Int {
    let type = try types.fileType(dataset.type)
    let space = try Dataspace.create(dataset.shape)
    let handle = try Handle(
      H5Dcreate2(
        file.id, dataset.path, type.id, space.id, linkNames.id, datasetCreation.id, hid_t(H5P_DEFAULT)))
    try addAttributes(dataset.attributes, to: handle.id)
    return dataset.shape.contains(0) ? 0 : Int(clamping: H5Dget_offset(handle.id))
  }

  func addAttributes(_ attributes: [HDF5Attribute], to object: hid_t) throws(LibraryError) {
    for attribute in attributes { try add(attribute, to: object) }
  }

  private func add(_ attribute: HDF5Attribute, to object: hid_t) throws(LibraryError) {
    switch attribute.value {
    case .strings(let values) where attribute.isVariableLength:
      let type = try Handle(H5Tcopy(types.variableText))
      try check(H5Tset_cset(type.id, H5T_CSET_UTF8))
      let pointers = values.map { strdup($0) }
      defer { pointers.forEach { free($0) } }
      try create(attribute, type.id, pointers, in: object)
    case .strings(let values):
      let isASCII = values.allSatisfy { $0.utf8.allSatisfy { $0 < 0x80 } }
      let width = attribute.fieldWidth
      let type = try types.text(byteCount: width, isASCII: isASCII)
      let bytes = values.flatMap { Array($0.utf8) + [UInt8](repeating: 0, count: width - $0.utf8.count) }
      try create(attribute, type.id, bytes, in: object)
    case .integers(let values): try create(attribute, H5T_STD_I64LE_g, values, in: object)
    case .floats(let values): try create(attribute, H5T_IEEE_F64LE_g, values, in: object)
    case .other(let type): throw LibraryError("an attribute of type '\(type)' cannot be written")
    }
  }

  private func create<Element: BitwiseCopyable>(
    _ attribute: HDF5Attribute, _ type: hid_t, _ values: [Element], in object: hid_t
  ) throws(LibraryError) {
    let space = try Dataspace.create(attribute.shape)
    let handle = try Handle(
      H5Acreate2(object, attribute.name, type, space.id, attributeNames.id, hid_t(H5P_DEFAULT)))
    guard !values.isEmpty else { return }
    try check(values.withUnsafeBytes { H5Awrite(handle.id, type, $0.baseAddress) })
  }
}
