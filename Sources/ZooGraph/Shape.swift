/// The shape of one sample flowing through a graph, without the batch dimension.
///
/// A feature map is `[height, width, channels]` (Keras' `channels_last`), a vector `[features]`.
public struct Shape: Sendable, Hashable {
  /// From the outermost to the innermost.
  public var dimensions: [Int]

  /// - Parameter dimensions: from the outermost to the innermost, without the batch.
  public init(_ dimensions: [Int]) {
    self.dimensions = dimensions
  }

  /// A feature map of `height` × `width` pixels with `channels` values each.
  public static func map(_ height: Int, _ width: Int, _ channels: Int) -> Shape {
    Shape([height, width, channels])
  }

  /// A vector of `count` features.
  public static func vector(_ count: Int) -> Shape {
    Shape([count])
  }

  /// The number of dimensions.
  public var rank: Int { dimensions.count }

  /// The last dimension: channels of a map, length of a vector.
  public var channels: Int { dimensions.last ?? 0 }

  /// The height of a map; 1 for a vector.
  public var height: Int { rank == 3 ? dimensions[0] : 1 }

  /// The width of a map; 1 for a vector.
  public var width: Int { rank == 3 ? dimensions[1] : 1 }

  /// Height × width × channels of a picture; `nil` for what is none. Two dimensions are one channel.
  public var picture: Shape? {
    switch rank {
    case 2: .map(dimensions[0], dimensions[1], 1)
    case 3: self
    default: nil
    }
  }

  /// The number of values, or `nil` where it does not fit an `Int`.
  public var elementCount: Int? { elementCountOf(dimensions) }
}

/// The product of `dimensions`, or `nil` for a negative dimension or where it does not fit an `Int`.
public func elementCountOf(_ dimensions: [Int]) -> Int? {
  var count = 1
  for dimension in dimensions {
    guard dimension >= 0 else { return nil }
    let (product, overflow) = count.multipliedReportingOverflow(by: dimension)
    if overflow { return nil }
    count = product
  }
  return count
}

extension Shape: Codable {
  public init(from decoder: any Decoder) throws {
    dimensions = try decoder.singleValueContainer().decode([Int].self)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(dimensions)
  }
}

extension Shape: CustomStringConvertible {
  /// As in error messages: `112×112×64`.
  public var description: String {
    dimensions.isEmpty ? "scalar" : dimensions.map(String.init).joined(separator: "×")
  }
}

/// A height and a width: kernel, strides, dilation, pool size. Written `[height, width]` in JSON.
public struct Size2D: Sendable, Hashable, Codable, CustomStringConvertible {
  /// Rows.
  public var height: Int
  /// Columns.
  public var width: Int

  /// Rows and columns.
  public init(_ height: Int, _ width: Int) {
    self.height = height
    self.width = width
  }

  /// A square.
  public init(_ both: Int) {
    self.init(both, both)
  }

  public init(from decoder: any Decoder) throws {
    var container = try decoder.unkeyedContainer()
    height = try container.decode(Int.self)
    width = try container.decode(Int.self)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.unkeyedContainer()
    try container.encode(height)
    try container.encode(width)
  }

  public var description: String { "\(height)×\(width)" }
}

/// Rows and columns added around a map. Written `[[top, bottom], [left, right]]` in JSON, as Keras does.
public struct Margins: Sendable, Hashable, Codable, CustomStringConvertible {
  /// Rows above.
  public var top: Int
  /// Rows below.
  public var bottom: Int
  /// Columns on the left.
  public var left: Int
  /// Columns on the right.
  public var right: Int

  /// Rows and columns on each side.
  public init(top: Int, bottom: Int, left: Int, right: Int) {
    self.top = top
    self.bottom = bottom
    self.left = left
    self.right = right
  }

  /// The same number of rows and columns on all four sides.
  public init(_ all: Int) {
    self.init(top: all, bottom: all, left: all, right: all)
  }

  /// Nothing on any side.
  public static let zero = Margins(0)

  public init(from decoder: any Decoder) throws {
    var container = try decoder.unkeyedContainer()
    let rows = try container.decode(Size2D.self)
    let columns = try container.decode(Size2D.self)
    self.init(top: rows.height, bottom: rows.width, left: columns.height, right: columns.width)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.unkeyedContainer()
    try container.encode(Size2D(top, bottom))
    try container.encode(Size2D(left, right))
  }

  public var description: String { "((\(top), \(bottom)), (\(left), \(right)))" }
}
