import ZooHelper

/// Where `tf.io.decode_image` and Pillow's `convert("RGB")` make different pixels of one file.
package enum DecodeStyle: Int, Sendable {
  case tensorFlow, pillow
}

/// What the program asks a helper to decode; the file's bytes follow.
package struct PictureOrder: Sendable, Equatable {
  package enum Part: Int, Sendable {
    /// RGB, three bytes a pixel.
    case colour
    /// How opaque it is, a byte a pixel.
    case alpha

    package var bytesPerPixel: Int { self == .colour ? 3 : 1 }
  }

  /// The largest file.
  package static let mostBytes = 1 << 30
  /// Files go over in pieces of so many bytes.
  package static let pieceSize = 1 << 20

  package var part: Part
  package var style: DecodeStyle
  /// Of the file.
  package var byteCount: Int

  package init(_ part: Part, _ style: DecodeStyle, byteCount: Int) {
    self.part = part
    self.style = style
    self.byteCount = byteCount
  }

  package var payload: [UInt8] {
    var out = WireWriter()
    out.put(Wire.version)
    out.put(part.rawValue)
    out.put(style.rawValue)
    out.put(byteCount)
    return out.bytes
  }

  package init(_ payload: [UInt8]) throws(WireError) {
    var wire = WireReader(payload)
    try wire.version()
    guard let part = Part(rawValue: try wire.int()), let style = DecodeStyle(rawValue: try wire.int()) else {
      throw WireError("what is asked of the picture is not known")
    }
    byteCount = try wire.int()
    guard (0...Self.mostBytes).contains(byteCount), wire.isAtEnd else {
      throw WireError("the picture's file is too large")
    }
    (self.part, self.style) = (part, style)
  }
}

/// What a helper says of a picture before its pixels.
package struct PictureHead: Sendable, Equatable {
  package var width: Int
  package var height: Int
  /// Of an opaque picture, `alpha` has no pixels.
  package var isOpaque: Bool
  /// How the rows that follow have to be turned.
  package var orientation: Orientation
  /// Whether the file holds more pictures, behind this first one.
  package var hasMore: Bool

  package init(
    width: Int, height: Int, isOpaque: Bool, orientation: Orientation = .upright, hasMore: Bool
  ) {
    self.width = width
    self.height = height
    self.isOpaque = isOpaque
    self.orientation = orientation
    self.hasMore = hasMore
  }

  /// - Returns: how many bytes of pixels follow.
  package func byteCount(of part: PictureOrder.Part) -> Int {
    part == .alpha && isOpaque ? 0 : width * height * part.bytesPerPixel
  }

  package var payload: [UInt8] {
    var out = WireWriter()
    out.put(Wire.version)
    out.put(width)
    out.put(height)
    out.put(isOpaque)
    out.put(orientation.rawValue)
    out.put(hasMore)
    return out.bytes
  }

  package init(_ payload: [UInt8]) throws(WireError) {
    var wire = WireReader(payload)
    try wire.version()
    (width, height) = (try wire.int(), try wire.int())
    isOpaque = try wire.bool()
    let turn = Orientation(rawValue: try wire.int())
    hasMore = try wire.bool()
    guard let turn, wire.isAtEnd else { throw WireError("a picture is described wrongly") }
    orientation = turn
    do throws(DecodeFailure) {
      try checkSize(width: width, height: height)
    } catch {
      throw WireError(error.reason)
    }
  }
}
