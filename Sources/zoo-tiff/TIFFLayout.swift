import CTIFFShim
import ZooDecoding

/// What the samples of a TIFF picture are.
struct TIFFLayout {
  enum Colours {
    /// `isInverted`: 0 is white.
    case gray(isInverted: Bool)
    /// With as many colours as the bits can tell apart.
    case palette([SIMD3<UInt8>])
    case rgb
    case cmyk

    var samples: Int {
      switch self {
      case .gray, .palette: 1
      case .rgb: 3
      case .cmyk: 4
      }
    }
  }

  enum Opacity {
    case opaque
    /// Behind the colours' samples.
    case straight
    /// Colours are multiplied by it.
    case premultiplied
  }

  let colours: Colours
  let opacity: Opacity
  let bits: Int
  /// With those that are passed over.
  let samples: Int

  /// Pillow's: more say nothing that is known.
  private static let mostSamples = 6

  /// - Parameter palette: read where one is needed.
  init(
    _ info: zoo_tiff_info, palette: () throws(DecodeFailure) -> [SIMD3<UInt8>]
  ) throws(DecodeFailure) {
    bits = Int(info.bits)
    samples = Int(info.samples)
    guard info.format == 1 || info.format == 4 else {
      throw Self.unread("samples that are \(info.format == 3 ? "floating-point" : "signed") numbers")
    }
    guard samples <= Self.mostSamples else { throw Self.unread("\(samples) samples a pixel") }
    colours = try Self.colours(info, palette)
    try Self.check(bits, of: colours)
    opacity = try Self.opacity(info, colours)
  }

  private static func unread(_ what: String) -> DecodeFailure {
    DecodeFailure("is a TIFF with \(what), which is not read here", advice: "convert it to 8-bit RGB")
  }

  private static func colours(
    _ info: zoo_tiff_info, _ palette: () throws(DecodeFailure) -> [SIMD3<UInt8>]
  ) throws(DecodeFailure) -> Colours {
    switch info.photometric {
    case 0: return .gray(isInverted: true)
    case 1: return .gray(isInverted: false)
    case 2: return .rgb
    case 3: return .palette(try palette())
    case 5 where info.inks == 1: return .cmyk
    case 5: throw unread("inks that are not cyan, magenta, yellow and black")
    // Within new-style JPEG it comes as RGB.
    case 6 where info.compression == 7 && info.is_planar == 0: return .rgb
    case 6: throw unread("YCbCr colours outside of JPEG")
    case 8, 9, 10: throw unread("L*a*b* colours")
    case UInt16(zoo_tiff_unknown):
      throw DecodeFailure("is a TIFF that does not say what its samples mean", advice: "save it again")
    default: throw unread("colours of kind \(info.photometric)")
    }
  }

  private static func check(_ bits: Int, of colours: Colours) throws(DecodeFailure) {
    let known =
      switch colours {
      case .gray: [1, 2, 4, 8, 16]
      case .palette: [1, 2, 4, 8]
      case .rgb, .cmyk: [8, 16]
      }
    guard known.contains(bits) else { throw unread("\(bits) bits a sample") }
  }

  private static func opacity(_ info: zoo_tiff_info, _ colours: Colours) throws(DecodeFailure) -> Opacity {
    let kinds = withUnsafeBytes(of: info.extra_kinds) { bytes in
      Array(bytes.bindMemory(to: UInt16.self).prefix(Int(info.extras)))
    }
    // A fourth sample of which nothing is said is opacity, for Pillow as well.
    if case .rgb = colours, kinds.isEmpty, info.samples == 4 { return .straight }
    guard colours.samples + kinds.count == info.samples else {
      throw unread("\(info.samples) samples a pixel, of which \(kinds.count) are beyond the colours")
    }
    guard let first = kinds.first else { return .opaque }
    guard kinds.dropFirst().allSatisfy({ $0 == 0 }), info.bits >= 8 else {
      throw unread("several samples of opacity, or such of \(info.bits) bits")
    }
    switch (first, colours) {
    case (0, _): return .opaque
    // 999: as Corel Draw writes it.
    case (2, .gray), (2, .rgb), (2, .palette), (999, .rgb): return .straight
    case (1, .rgb): return .premultiplied
    default: throw unread("opacity of kind \(first)")
    }
  }
}
