import ConeDNN

/// The dimensions, element type and physical layout of a tensor.
struct MemoryDescriptor: @unchecked Sendable, Equatable {
  // A plain C value without pointers.
  var raw: dnnl_memory_desc_t

  init(_ raw: dnnl_memory_desc_t) { self.raw = raw }

  /// A tensor in one of oneDNN's named layouts; `dnnl_format_tag_any` leaves the layout to the primitive.
  init(
    _ dimensions: [Int], _ tag: dnnl_format_tag_t, type: dnnl_data_type_t = dnnl_f32
  ) throws(EngineError) {
    raw = dnnl_memory_desc_t()
    let wide = dimensions.map(Int64.init)
    try check(
      dnnl_memory_desc_init_by_tag(&raw, Int32(wide.count), wide, type, tag),
      "describe a tensor of \(dimensions)")
  }

  /// A tensor whose elements lie `strides` apart.
  init(_ dimensions: [Int], strides: [Int], type: dnnl_data_type_t = dnnl_f32) throws(EngineError) {
    raw = dnnl_memory_desc_t()
    let wide = dimensions.map(Int64.init)
    try check(
      dnnl_memory_desc_init_by_strides(&raw, Int32(wide.count), wide, type, strides.map(Int64.init)),
      "describe a tensor of \(dimensions) with strides \(strides)")
  }

  /// A part of this tensor as a tensor: `extent` elements from `offset` on, in each dimension.
  ///
  /// - Throws: `EngineError` where the layout's blocks would be cut.
  func part(_ extent: [Int], from offset: [Int]) throws(EngineError) -> MemoryDescriptor {
    var (parent, part) = (raw, dnnl_memory_desc_t())
    try check(
      dnnl_memory_desc_init_submemory(
        &part, &parent, Self.padded(extent), Self.padded(offset)), "take a part of a tensor")
    return MemoryDescriptor(part)
  }

  /// As many numbers as oneDNN's fixed arrays have.
  private static func padded(_ numbers: [Int]) -> [Int64] {
    (numbers + Array(repeating: 0, count: max(0, Int(DNNL_MAX_NDIMS) - numbers.count))).map(Int64.init)
  }

  /// Bytes including the padding of blocked layouts.
  var byteCount: Int {
    var copy = raw
    return dnnl_memory_desc_get_size(&copy)
  }

  static func == (left: MemoryDescriptor, right: MemoryDescriptor) -> Bool {
    var (left, right) = (left.raw, right.raw)
    return dnnl_memory_desc_equal(&left, &right) != 0
  }

  var isAny: Bool { raw.format_kind == dnnl_format_kind_any }

  /// The logical dimensions.
  var dimensions: [Int] { Self.array(raw.dims, Int(raw.ndims)) }

  /// The strides of a layout without blocks, in elements; `nil` for blocked and opaque layouts.
  var plainStrides: [Int]? {
    guard raw.format_kind == dnnl_blocked, raw.format_desc.blocking.inner_nblks == 0 else { return nil }
    return Self.array(raw.format_desc.blocking.strides, Int(raw.ndims))
  }

  private static func array(_ dims: dnnl_dims_t, _ count: Int) -> [Int] {
    withUnsafeBytes(of: dims) { $0.bindMemory(to: Int64.self).prefix(count).map { Int($0) } }
  }
}

extension MemoryDescriptor {
  /// A batch of maps with any layout, dense NHWC, or as `tag` says. Dimensions are N, C, H, W.
  static func map(
    _ batch: Int, _ extent: Extent, _ tag: dnnl_format_tag_t = dnnl_nhwc, type: dnnl_data_type_t = dnnl_f32
  ) throws(EngineError) -> MemoryDescriptor {
    try MemoryDescriptor([batch, extent.channels, extent.height, extent.width], tag, type: type)
  }

  /// One value per channel.
  static func vector(_ count: Int, type: dnnl_data_type_t = dnnl_f32) throws(EngineError) -> MemoryDescriptor
  {
    try MemoryDescriptor([count], dnnl_a, type: type)
  }
}

extension dnnl_memory_desc_t {
  /// No tensor: what stands for a bias that there is not.
  static var absent: dnnl_memory_desc_t { dnnl_memory_desc_t() }
}
