@preconcurrency import CHDF5
import ZooHDF5

/// Reads pieces of datasets. The dataset read last stays open, so that its chunks are unpacked only once.
struct PieceReader: ~Copyable {
  /// Unpacked chunks are kept up to this many bytes.
  private static let maximumCache = 256 << 20

  private let file: hid_t
  private let datasets: [HDF5Dataset]
  private let locations: [Walker.Location]
  private let types: TypeTable
  private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: PiecePlan.limit, alignment: 64)
  private var current: OpenDataset?

  private struct OpenDataset: ~Copyable {
    let index: Int
    let plan: PiecePlan
    let dataset: Handle
    let space: Handle
    let memoryType: Handle
  }

  init(file: hid_t, datasets: [HDF5Dataset], locations: [Walker.Location], types: TypeTable) {
    self.file = file
    self.datasets = datasets
    self.locations = locations
    self.types = types
  }

  deinit { buffer.deallocate() }

  func path(of index: Int) -> String {
    datasets.indices.contains(index) ? datasets[index].path : "?"
  }

  /// The bytes of a piece; valid until the next call.
  mutating func read(_ index: Int, piece: Int) throws(LibraryError) -> UnsafeRawBufferPointer {
    if current?.index != index { current = try open(index) }
    return try read(piece)
  }

  private func read(_ piece: Int) throws(LibraryError) -> UnsafeRawBufferPointer {
    switch current {
    case .some(let open):
      guard piece >= 0, piece < open.plan.count else { throw LibraryError("there is no such piece") }
      let (start, extent) = open.plan.slab(piece)
      let sizes = extent.map { hsize_t($0) }
      let memory = try Handle(H5Screate_simple(Int32(sizes.count), sizes, nil))
      if H5Sget_simple_extent_type(open.space.id) == H5S_SIMPLE {
        let start = start.map { hsize_t($0) }
        try check(H5Sselect_hyperslab(open.space.id, H5S_SELECT_SET, start, nil, sizes, nil))
      }
      try check(
        H5Dread(
          open.dataset.id, open.memoryType.id, memory.id, open.space.id, hid_t(H5P_DEFAULT),
          buffer.baseAddress))
      return UnsafeRawBufferPointer(rebasing: buffer[..<open.plan.byteCount(of: piece)])
    case .none: throw LibraryError("no dataset is open")
    }
  }

  private func open(_ index: Int) throws(LibraryError) -> OpenDataset {
    guard datasets.indices.contains(index), locations.indices.contains(index) else {
      throw LibraryError("there is no such dataset")
    }
    let described = datasets[index]
    if let refusal = described.refusal { throw LibraryError(refusal) }
    guard let plan = PiecePlan(shape: described.shape, elementSize: described.type.size) else {
      throw LibraryError("it is too large")
    }
    let group = try Handle(H5Oopen_by_addr(file, locations[index].group))
    let access = try Handle(H5Pcreate(H5P_CLS_DATASET_ACCESS_ID_g))
    try check(H5Pset_chunk_cache(access.id, 12_007, cacheSize(for: described), 1))
    let dataset = try Handle(locations[index].name.withCString { H5Dopen2(group.id, $0, access.id) })
    let space = try Handle(H5Dget_space(dataset.id))
    let type = try Handle(H5Dget_type(dataset.id))
    let memoryType = try types.memoryType(of: type.id)
    guard try Dataspace.shape(of: space.id) == described.shape,
      H5Tget_size(memoryType.id) == described.type.size
    else { throw LibraryError("it has changed") }
    return OpenDataset(index: index, plan: plan, dataset: dataset, space: space, memoryType: memoryType)
  }

  /// Pieces follow the first axis, so the chunks across all other axes are needed again and again until
  /// the pieces have passed them.
  private func cacheSize(for dataset: HDF5Dataset) -> Int {
    guard case .chunked(let chunk) = dataset.storage, let rows = chunk.first,
      let row = PiecePlan.byteCount(shape: Array(dataset.shape.dropFirst()), elementSize: dataset.type.size),
      let needed = PiecePlan.byteCount(shape: [row, rows], elementSize: 1)
    else { return PiecePlan.limit }
    return min(needed, Self.maximumCache) + PiecePlan.limit
  }
}
