@preconcurrency import CHDF5
import ZooHDF5

enum Dataspace {
  /// The size along each axis: empty for a scalar, `nil` where there are no elements at all.
  static func shape(of space: hid_t) throws(LibraryError) -> [Int]? {
    switch H5Sget_simple_extent_type(space) {
    case H5S_SCALAR: return []
    case H5S_SIMPLE: break
    default: return nil
    }
    let rank = Int(try check(H5Sget_simple_extent_ndims(space)))
    guard rank <= PiecePlan.maximumRank else { throw LibraryError("it has \(rank) axes") }
    var sizes = [hsize_t](repeating: 0, count: rank)
    try check(H5Sget_simple_extent_dims(space, &sizes, nil))
    // A size beyond Int becomes one that no check lets pass.
    return sizes.map { Int(exactly: $0) ?? Int.max }
  }

  static func create(_ shape: [Int]) throws(LibraryError) -> Handle {
    if shape.isEmpty { return try Handle(H5Screate(H5S_SCALAR)) }
    let sizes = shape.map { hsize_t(max(0, $0)) }
    return try Handle(H5Screate_simple(Int32(sizes.count), sizes, nil))
  }
}
