import COneDNN

/// The dimensions, element type and physical layout of a tensor.
struct MemoryDescriptor: Sendable, Equatable {
  /// Layouts that oneDNN has names for, the outermost dimension first.
  enum Tag: Sendable, Equatable {
    /// Whatever the operation likes best.
    case any
    /// As many dimensions as there are, each behind the one before: a vector, a matrix, …
    case rowMajor
    /// A map with the channels of a pixel next to each other.
    case nhwc
    /// A map with blocks of so many channels, a block's next to each other: 4, 8 or 16.
    case blocks(Int)
    /// A matrix of outputs × inputs in blocks of 64 outputs, and in these of 16 inputs: the weights of 64 outputs for one
    /// input lie next to each other.
    case denseBlocks
    /// The kernel of a depthwise convolution in blocks of so many channels, 8 or 16: the weights of a block for one row and
    /// column lie next to each other.
    case depthwiseBlocks(Int)
  }

  /// Owns oneDNN's description, which never changes.
  fileprivate final class Handle: @unchecked Sendable {
    let raw: zoo_layout

    init(_ raw: zoo_layout) { self.raw = raw }

    deinit { zoo_layout_destroy(raw) }
  }

  private let handle: Handle

  /// To be used within `withExtendedLifetime` of the descriptor: the compiler ends a value's life where it was last
  /// named, and with it this.
  var raw: zoo_layout { handle.raw }

  /// Takes over `raw`.
  init(owning raw: zoo_layout) { handle = Handle(raw) }

  init(_ dimensions: [Int], _ tag: Tag, type: NumberType = .float32) throws(EngineError) {
    guard let name = tag.raw(rank: dimensions.count) else {
      throw EngineError("oneDNN has no name for a layout of \(dimensions) like \(tag)")
    }
    try self.init("describe a tensor of \(dimensions)") { made in
      zoo_layout_with_tag(&made, Int32(dimensions.count), dimensions.map(Int64.init), type.raw, name)
    }
  }

  /// A tensor whose elements lie `strides` apart.
  init(_ dimensions: [Int], strides: [Int], type: NumberType = .float32) throws(EngineError) {
    try self.init("describe a tensor of \(dimensions) with strides \(strides)") { made in
      zoo_layout_with_strides(
        &made, Int32(dimensions.count), dimensions.map(Int64.init), type.raw, strides.map(Int64.init))
    }
  }

  private init(
    _ action: @autoclosure () -> String, _ make: (inout zoo_layout?) -> dnnl_status_t
  ) throws(EngineError) {
    var made: zoo_layout?
    try check(make(&made), action())
    guard let made else { throw EngineError("oneDNN gave no layout") }
    self.init(owning: made)
  }

  /// A part of this tensor as a tensor: `extent` elements from `offset` on, in each dimension.
  ///
  /// - Throws: `EngineError` where the layout's blocks would be cut.
  func part(_ extent: [Int], from offset: [Int]) throws(EngineError) -> MemoryDescriptor {
    try MemoryDescriptor("take a part of a tensor") { made in
      withExtendedLifetime(self) {
        zoo_layout_of_part(&made, raw, extent.map(Int64.init), offset.map(Int64.init))
      }
    }
  }

  /// Bytes including the padding of blocked layouts.
  var byteCount: Int { withExtendedLifetime(self) { zoo_layout_size(raw) } }

  static func == (left: MemoryDescriptor, right: MemoryDescriptor) -> Bool {
    withExtendedLifetime((left, right)) {
      left.handle === right.handle || zoo_layout_equal(left.raw, right.raw) != 0
    }
  }

  var facts: zoo_layout_facts { withExtendedLifetime(self) { zoo_layout_look(raw) } }

  var isAny: Bool { facts.kind == dnnl_format_kind_any }

  /// The logical dimensions.
  var dimensions: [Int] {
    let facts = facts
    return Self.array(facts.dimensions, facts.rank)
  }

  /// `nil` for what networks do not run in, as scratchpads have it.
  var type: NumberType? { NumberType(facts.type) }

  /// The strides of a layout without blocks, in elements; `nil` for blocked and opaque layouts.
  var plainStrides: [Int]? {
    let facts = facts
    guard facts.kind == dnnl_blocked, facts.block_count == 0 else { return nil }
    return Self.array(facts.strides, facts.rank)
  }

  private static func array(_ dims: dnnl_dims_t, _ count: Int32) -> [Int] {
    withUnsafeBytes(of: dims) { $0.bindMemory(to: Int64.self).prefix(Int(count)).map { Int($0) } }
  }
}

extension MemoryDescriptor.Tag {
  /// oneDNN's name for tensors of `rank` dimensions, if it has one.
  fileprivate func raw(rank: Int) -> dnnl_format_tag_t? {
    switch (self, rank) {
    case (.any, _): dnnl_format_tag_any
    case (.rowMajor, 1): dnnl_a
    case (.rowMajor, 2): dnnl_ab
    case (.rowMajor, 3): dnnl_abc
    case (.rowMajor, 4): dnnl_abcd
    case (.rowMajor, 5): dnnl_abcde
    case (.nhwc, 4): dnnl_nhwc
    case (.blocks(4), 4): dnnl_nChw4c
    case (.blocks(8), 4): dnnl_nChw8c
    case (.blocks(16), 4): dnnl_nChw16c
    case (.denseBlocks, 2): dnnl_OI16i64o
    case (.depthwiseBlocks(8), 5): dnnl_Goihw8g
    case (.depthwiseBlocks(16), 5): dnnl_Goihw16g
    case (.rowMajor, _), (.nhwc, _), (.blocks, _), (.denseBlocks, _), (.depthwiseBlocks, _): nil
    }
  }
}

extension MemoryDescriptor {
  /// A batch of maps with any layout, dense NHWC, or as `tag` says. Dimensions are N, C, H, W.
  static func map(
    _ batch: Int, _ extent: Extent, _ tag: Tag = .nhwc, type: NumberType = .float32
  ) throws(EngineError) -> MemoryDescriptor {
    try MemoryDescriptor([batch, extent.channels, extent.height, extent.width], tag, type: type)
  }

  /// One value per channel.
  static func vector(_ count: Int) throws(EngineError) -> MemoryDescriptor {
    try MemoryDescriptor([count], .rowMajor)
  }
}
