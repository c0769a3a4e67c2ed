import FoundationEssentials
import Testing
import ZooSystem

@testable import ZooImage

/// Changes to each picture. `ZOO_MUTATIONS=1000 swift test --filter ForeignDamageTests` tries more.
private let mutations = ProcessInfo.processInfo.environment["ZOO_MUTATIONS"].flatMap { Int($0) } ?? 4

@Suite("Damaged pictures of formats with helpers")
struct ForeignDamageTests {
  static let samples = [
    (PictureHelper.tiff, [PictureFormat.tiff]), (.heif, [.heif, .avif]), (.jxl, [.jxl]),
  ].filter { isAvailable($0.0) }.flatMap(\.1).flatMap(foreignNames)

  /// What is said of the bytes; nothing where they give a picture.
  private func failure(_ bytes: [UInt8]) -> String? {
    let loader = ImageLoader(height: 3, width: 4)
    var pixels = [Float](repeating: -1, count: loader.count)
    do {
      try pixels.withUnsafeMutableBufferPointer { pixels in
        guard let start = pixels.baseAddress else { return }
        try bytes.withUnsafeBytes { _ = try loader.load($0, into: start) }
      }
      return nil
    } catch {
      return "\(error)"
    }
  }

  /// What would be the helper's fault, not the picture's.
  private func isWrong(_ failure: String) -> Bool {
    ["crashed", "no answer", "impossible", "another question", "ended early", "pixels than it says"].contains
    {
      failure.contains($0)
    }
  }

  @Test(arguments: samples)
  func changed(_ name: String) throws {
    let bytes = try InputFile.contents(of: foreignPath(name), limit: 1 << 20)
    var random = SplitMix64(seed: UInt64(bytes.count))
    for _ in 0..<mutations {
      var damaged = bytes
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let place = Int.random(in: damaged.indices, using: &random)
        damaged[place] = UInt8.random(in: 0...255, using: &random)
      }
      if let text = failure(damaged), isWrong(text) {
        Issue.record("\(name): \(text): \(damaged.indices.filter { damaged[$0] != bytes[$0] })")
      }
    }
  }

  @Test(arguments: samples)
  func cut(_ name: String) throws {
    let bytes = try InputFile.contents(of: foreignPath(name), limit: 1 << 20)
    // Of several pages the last may be lost.
    for share in [0.0, 0.1, 0.5] + (name.hasPrefix("pages") ? [] : [0.9]) {
      let text = failure(Array(bytes.prefix(max(16, Int(Double(bytes.count) * share)))))
      #expect(text.map { !isWrong($0) } == true, "\(name), \(share): \(text ?? "is a picture")")
    }
  }
}
