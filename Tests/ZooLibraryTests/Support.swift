import FoundationEssentials
import Zoo
import ZooSystem

/// The demo's base, converted, and pictures drawn here.
struct Demo {
  static let root = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
  static let base = root + "/zoo/demo_mobilenet_0.25_128.h5"
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  func path(_ name: String) -> String { "\(folder.path)/\(name)" }

  func convert(_ request: ImportRequest = ImportRequest()) async throws -> Model {
    try await Model.convert(Self.base, to: path("demo.zoo"), request)
  }

  /// A picture of its own for each number.
  static func picture(_ number: Int) throws -> PixelPicture {
    let levels = (0..<40 * 30).flatMap { place -> [UInt8] in
      let (x, y) = (place % 40, place / 40)
      return [x * 6 + number * 31, y * 8, (x + number) / 4 % 2 * 255].map { UInt8(truncatingIfNeeded: $0) }
    }
    return try PixelPicture(levels, width: 40, height: 30, name: "picture \(number)")
  }

  static func pictures(_ count: Int) throws -> [Picture] {
    try (0..<count).map { .pixels(try picture($0)) }
  }

  /// The same picture as an uncompressed file.
  static func bmp(_ number: Int) throws -> [UInt8] {
    let picture = try picture(number)
    let size = [UInt32(54 + picture.levels.count), 0, 54, 40, UInt32(picture.width)]
    let head = Array("BM".utf8) + size.flatMap(bytes) + bytes(UInt32(bitPattern: Int32(-picture.height)))
    let pixels = stride(from: 0, to: picture.levels.count, by: 3).flatMap {
      picture.levels[$0..<$0 + 3].reversed()
    }
    return head + [1, 0, 24, 0] + [UInt8](repeating: 0, count: 24) + pixels
  }

  private static func bytes(_ value: UInt32) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }

  /// A folder of two classes, `count` pictures each.
  func classes(_ count: Int) throws -> String {
    for (label, name) in ["even", "odd"].enumerated() {
      try createFolder(path("photos/\(name)"))
      for number in 0..<count {
        try write(try Self.bmp(2 * number + label), to: path("photos/\(name)/\(number).bmp"))
      }
    }
    return path("photos")
  }

  func write(_ bytes: [UInt8], to path: String) throws {
    let file = try AtomicFile(path)
    try file.write(bytes)
    try file.commit()
  }

  /// What lies in the folder, hidden files as well.
  var files: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).sorted() }
}
