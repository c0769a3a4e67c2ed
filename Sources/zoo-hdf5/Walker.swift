@preconcurrency import CHDF5
import Glibc
import ZooHDF5
import ZooHelper

/// Lists everything that hard links lead to, each group once, within limits.
struct Walker {
  /// Where a dataset is found again: the address of its group, and its name there.
  struct Location {
    let group: haddr_t
    let name: [UInt8]
  }

  private static let maximumObjects = 1 << 16
  /// Bytes of all paths together.
  private static let maximumPaths = 16 << 20

  private(set) var locations: [Location] = []
  private let file: hid_t
  private let inspector: DatasetInspector
  private var attributeReader: AttributeReader
  private var groupsSeen: [haddr_t: String] = [:]
  private var objectCount = 0
  private var pathBytes = 0

  init(file: hid_t, fileSize: Int, types: TypeTable) {
    self.file = file
    inspector = DatasetInspector(types: types, fileSize: fileSize)
    attributeReader = AttributeReader(types: types)
  }

  mutating func root() throws(LibraryError) -> HDF5Group {
    let group = try Handle(H5Gopen2(file, "/", hid_t(H5P_DEFAULT)))
    var info = zoo_object()
    try check(zoo_look_at_object(group.id, &info))
    return try list(group.id, address: info.addr, path: "/", depth: 0)
  }

  private mutating func list(
    _ group: hid_t, address: haddr_t, path: String, depth: Int
  ) throws(LibraryError) -> HDF5Group {
    groupsSeen[address] = path
    let creation = try Handle(H5Gget_create_plist(group))
    let attributes = try attributeReader.attributes(
      of: group, inCreationOrder: try isTracked(creation.id, H5Pget_attr_creation_order))
    let isOrdered = try isTracked(creation.id, H5Pget_link_creation_order)
    var links: [HDF5Link] = []
    for found in try self.links(of: group, inCreationOrder: isOrdered) {
      let name = String(decoding: found.name.dropLast(), as: UTF8.self)
      let path = path == "/" ? "/" + name : path + "/" + name
      do throws(LibraryError) {
        links.append(try follow(found, from: address, path: path, depth: depth))
      } catch {
        links.append(.refused(path: path, reason: error.reason))
      }
    }
    return HDF5Group(path: path, attributes: attributes, links: links)
  }

  private func isTracked(
    _ creation: hid_t, _ getter: (hid_t, UnsafeMutablePointer<UInt32>?) -> herr_t
  ) throws(LibraryError) -> Bool {
    var flags: UInt32 = 0
    try check(getter(creation, &flags))
    return flags & UInt32(H5P_CRT_ORDER_TRACKED) != 0
  }

  private mutating func links(
    of group: hid_t, inCreationOrder: Bool
  ) throws(LibraryError) -> [LinkList.Link] {
    var list = LinkList(room: Self.maximumObjects - objectCount)
    let order = inCreationOrder ? H5_INDEX_CRT_ORDER : H5_INDEX_NAME
    let status = withUnsafeMutablePointer(to: &list) { list in
      zoo_iterate_links(
        group, order,
        { _, name, info, target in
          guard let name, let info, let target else { return -1 }
          return target.assumingMemoryBound(to: LinkList.self).pointee.append(name, info.pointee)
        }, list)
    }
    guard !list.isFull else {
      throw LibraryError("there are more than \(Self.maximumObjects) objects, or too long names")
    }
    try check(status)
    objectCount += list.links.count
    return list.links
  }

  private mutating func follow(
    _ link: LinkList.Link, from group: haddr_t, path: String, depth: Int
  ) throws(LibraryError) -> HDF5Link {
    pathBytes += path.utf8.count
    guard pathBytes <= Self.maximumPaths else { throw LibraryError("the paths are too long together") }
    guard !link.name.contains(UInt8(ascii: "/")), link.name != [UInt8(ascii: "."), 0], link.name != [0] else {
      throw LibraryError("it has an impossible name")
    }
    switch link.type {
    case H5L_TYPE_HARD: break
    case H5L_TYPE_SOFT: throw LibraryError("it is a soft link, which is not followed")
    case H5L_TYPE_EXTERNAL: throw LibraryError("it is a link to another file, which is not followed")
    default: throw LibraryError("it is a link of an unknown kind")
    }
    let object = try Handle(H5Oopen_by_addr(file, link.address))
    switch H5Iget_type(object.id) {
    case H5I_GROUP:
      if let other = groupsSeen[link.address] {
        throw LibraryError("it is another name of the group '\(other)'")
      }
      guard depth < Wire.maximumDepth else { throw LibraryError("groups are nested too deeply") }
      return .group(try list(object.id, address: link.address, path: path, depth: depth + 1))
    case H5I_DATASET:
      let dataset = try inspector.describe(
        object.id, path: path, index: locations.count, attributes: &attributeReader)
      locations.append(Location(group: group, name: link.name))
      return .dataset(dataset)
    case H5I_DATATYPE: throw LibraryError("it is a type, not data")
    default: throw LibraryError("it is an object of an unknown kind")
    }
  }
}

/// Links collected while libhdf5 walks over a group.
struct LinkList {
  struct Link {
    /// With the zero at its end.
    let name: [UInt8]
    let type: H5L_type_t
    /// Of the object that a hard link leads to.
    let address: haddr_t
  }

  private(set) var links: [Link] = []
  private(set) var isFull = false
  private let room: Int

  init(room: Int) { self.room = room }

  /// - Returns: what the callback returns: 0 to go on, else to stop.
  mutating func append(_ name: UnsafePointer<CChar>, _ info: zoo_link) -> herr_t {
    let count = strlen(name)
    isFull = links.count >= room || count > Wire.maximumName
    if isFull { return 1 }
    let bytes = UnsafeBufferPointer(start: name, count: count + 1).map(UInt8.init(bitPattern:))
    links.append(Link(name: bytes, type: info.type, address: info.u.address))
    return 0
  }
}
