@preconcurrency import CHDF5
import ZooHDF5

/// Describes a dataset, and refuses those that must not be read.
struct DatasetInspector {
  /// Deflate compresses no better than 1032 : 1.
  private static let largestRatio = 1032
  /// The filters that are part of libhdf5 and harmless.
  private static let filters: [H5Z_filter_t: String] = [
    H5Z_filter_t(H5Z_FILTER_DEFLATE): "deflate", H5Z_filter_t(H5Z_FILTER_SHUFFLE): "shuffle",
    H5Z_filter_t(H5Z_FILTER_FLETCHER32): "fletcher32",
  ]

  let types: TypeTable
  let fileSize: Int

  /// What is found out about a dataset, up to the point where it is refused.
  private struct Findings {
    var type = HDF5Type.unsupported("unknown type")
    var shape: [Int] = []
    var isBigEndian = false
    var storage = HDF5Dataset.Storage.other
    var filters: [String] = []
  }

  func describe(
    _ dataset: hid_t, path: String, index: Int, attributes reader: inout AttributeReader
  ) throws(LibraryError) -> HDF5Dataset {
    let creation = try Handle(H5Dget_create_plist(dataset))
    var order: UInt32 = 0
    try check(H5Pget_attr_creation_order(creation.id, &order))
    var findings = Findings()
    var refusal: String?
    do throws(LibraryError) {
      try inspect(dataset, creation.id, &findings)
    } catch {
      refusal = error.reason
    }
    let attributes = try reader.attributes(
      of: dataset, inCreationOrder: order & UInt32(H5P_CRT_ORDER_TRACKED) != 0)
    return HDF5Dataset(
      path: path, attributes: attributes,
      type: findings.type, shape: findings.shape, isBigEndian: findings.isBigEndian,
      storage: findings.storage, filters: findings.filters, refusal: refusal, index: index)
  }

  private func inspect(
    _ dataset: hid_t, _ creation: hid_t, _ findings: inout Findings
  ) throws(LibraryError) {
    let layout = H5Pget_layout(creation)
    // Before anything else is asked: even the shape of a virtual dataset may come from other files.
    guard layout != H5D_VIRTUAL else { throw LibraryError("it is virtual, made up of other datasets") }
    let type = try Handle(H5Dget_type(dataset))
    (findings.type, findings.isBigEndian) = try types.describe(type.id)
    let space = try Handle(H5Dget_space(dataset))
    let shape = try Dataspace.shape(of: space.id)
    findings.shape = shape ?? []
    guard try check(H5Pget_external_count(creation)) == 0 else {
      throw LibraryError("its data is in another file")
    }
    findings.filters = try filters(creation)
    if case .unsupported(let name) = findings.type {
      throw LibraryError("elements of type '\(name)' are not supported")
    }
    guard let shape else { throw LibraryError("it has no elements, not even a shape") }
    guard let byteCount = PiecePlan.byteCount(shape: shape, elementSize: findings.type.size),
      PiecePlan(shape: shape, elementSize: findings.type.size) != nil
    else { throw LibraryError("it claims more elements than can be counted") }
    findings.storage = try storage(dataset, creation, layout, shape: shape, byteCount: byteCount)
  }

  private func filters(_ creation: hid_t) throws(LibraryError) -> [String] {
    var names: [String] = []
    for position in 0..<UInt32(try check(H5Pget_nfilters(creation))) {
      var flags: UInt32 = 0
      var count = 0
      let filter = H5Pget_filter2(creation, position, &flags, &count, nil, 0, nil, nil)
      guard let name = Self.filters[filter] else {
        throw LibraryError("it needs the filter \(filter), which is not supported")
      }
      names.append(name)
    }
    return names
  }

  /// - Throws: why the stored bytes cannot be what the shape claims.
  private func storage(
    _ dataset: hid_t, _ creation: hid_t, _ layout: H5D_layout_t, shape: [Int], byteCount: Int
  ) throws(LibraryError) -> HDF5Dataset.Storage {
    let stored = Int(clamping: H5Dget_storage_size(dataset))
    switch layout {
    case H5D_CONTIGUOUS:
      guard byteCount > 0 else { return .contiguous(offset: 0, byteCount: 0) }
      let address = H5Dget_offset(dataset)
      guard stored >= byteCount, address != undefinedAddress, let offset = Int(exactly: address),
        offset <= fileSize, byteCount <= fileSize - offset
      else {
        throw LibraryError("it claims \(byteCount.grouped) bytes that are not in the file")
      }
      return .contiguous(offset: offset, byteCount: byteCount)
    case H5D_CHUNKED, H5D_COMPACT:
      guard stored <= fileSize, byteCount / Self.largestRatio <= stored, byteCount == 0 || stored > 0 else {
        throw LibraryError("it claims \(byteCount.grouped) bytes, but only \(stored.grouped) are stored")
      }
      if layout == H5D_COMPACT { return .compact }
      var chunk = [hsize_t](repeating: 0, count: max(1, shape.count))
      let rank = try check(H5Pget_chunk(creation, Int32(chunk.count), &chunk))
      return .chunked(chunk.prefix(Int(rank)).map { Int(exactly: $0) ?? Int.max })
    default: throw LibraryError("it is stored in an unknown way")
    }
  }
}
