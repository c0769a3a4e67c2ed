import Glibc

/// A picture of one of the demo's eight classes, drawn as `zoo/make_demo_base.py` draws them.
struct Drawing {
  static let size = 128
  static let classes = ["checker", "circle", "cross", "dots", "ring", "square", "stripes", "triangle"]

  /// RGB, row by row.
  private(set) var pixels: [UInt8] = []

  /// Colours, place, size, rotation and noise come from `random`.
  init(of name: String, _ random: inout some RandomNumberGenerator) {
    let shift = (
      Double.random(in: -0.25...0.25, using: &random), Double.random(in: -0.25...0.25, using: &random)
    )
    let angle = Double.random(in: 0...(2 * Double.pi), using: &random)
    let scale = Double.random(in: 0.7...1.3, using: &random)
    let background = (0..<3).map { _ in Double.random(in: 0...255, using: &random) }
    let ink = background.map {
      ($0 + Double.random(in: 80...175, using: &random)).truncatingRemainder(dividingBy: 255)
    }
    pixels.reserveCapacity(Self.size * Self.size * 3)
    for row in 0..<Self.size {
      for column in 0..<Self.size {
        let x = Double(column) / Double(Self.size / 2) - 1 - shift.0
        let y = Double(row) / Double(Self.size / 2) - 1 - shift.1
        let u = (x * cos(angle) + y * sin(angle)) * scale
        let v = (y * cos(angle) - x * sin(angle)) * scale
        for colour in Self.isInside(name, u, v) ? ink : background {
          let noisy = colour + Double.random(in: -16...16, using: &random)
          pixels.append(UInt8(min(255, max(0, noisy))))
        }
      }
    }
  }

  private static func isInside(_ name: String, _ u: Double, _ v: Double) -> Bool {
    switch name {
    case "checker": sin(9 * u) * sin(9 * v) > 0
    case "circle": u * u + v * v < 0.36
    case "cross": min(abs(u), abs(v)) < 0.2 && max(abs(u), abs(v)) < 0.7
    case "dots": square(fraction(3 * u) - 0.5) + square(fraction(3 * v) - 0.5) < 0.08
    case "ring": abs(u * u + v * v - 0.375) < 0.125
    case "square": max(abs(u), abs(v)) < 0.55
    case "stripes": sin(12 * u) > 0
    default: v > -0.4 && v < 0.8 - 1.732 * abs(u)
    }
  }

  private static func fraction(_ value: Double) -> Double { value - floor(value) }
  private static func square(_ value: Double) -> Double { value * value }

  /// As a Windows bitmap: 54 bytes of header, then BGR from the bottom row up.
  var bitmap: [UInt8] {
    func bytes(_ value: Int, _ count: Int) -> [UInt8] { (0..<count).map { UInt8(value >> (8 * $0) & 255) } }
    let rowBytes = Self.size * 3
    var out = Array("BM".utf8) + bytes(54 + Self.size * rowBytes, 4) + bytes(0, 4) + bytes(54, 4)
    out += bytes(40, 4) + bytes(Self.size, 4) + bytes(Self.size, 4) + bytes(1, 2) + bytes(24, 2)
    out += bytes(0, 24)
    for row in (0..<Self.size).reversed() {
      for column in 0..<Self.size {
        let start = row * rowBytes + column * 3
        out += pixels[start..<(start + 3)].reversed()
      }
    }
    return out
  }
}
